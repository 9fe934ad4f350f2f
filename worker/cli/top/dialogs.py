"""The dialogs of `batchline top`: a text, a question, and a line to type."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class Told(ModalScreen[None]):
    """A text, until a key closes it."""

    BINDINGS = [("escape,q,enter,question_mark", "close", "Close")]

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static(self.text, markup=False)
            yield Static("Esc: close   arrows: scroll", classes="keys")

    def action_close(self) -> None:
        self.dismiss(None)


class Question(ModalScreen[bool]):
    """Asks before something is changed: y does it, every other way out does nothing."""

    BINDINGS = [("y", "answer(True)", "Yes"), ("n,escape,q,enter", "answer(False)", "No")]

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self.text, markup=False)
            yield Static("y: yes   n, Esc: no", classes="keys")

    def action_answer(self, does: bool) -> None:
        self.dismiss(does)


class Typed(ModalScreen[str | None]):
    """A line to type: Enter takes it if nothing is wrong with it, Esc leaves; then it is None."""

    BINDINGS = [("escape", "leave", "Leave")]

    def __init__(
        self, text: str, value: str = "", wrong: Callable[[str], str] | None = None
    ) -> None:
        super().__init__()
        self.text = text
        self._value = value
        self._wrong = wrong

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self.text, markup=False)
            yield Input(self._value, select_on_focus=False)
            yield Static("", id="wrong", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        wrong = self._wrong(event.value) if self._wrong else ""
        if wrong:
            self.query_one("#wrong", Static).update(wrong)
        else:
            self.dismiss(event.value)

    def action_leave(self) -> None:
        self.dismiss(None)
