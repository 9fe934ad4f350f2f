"""The dialogs of `batchline top`: a question, and a text."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static


class Question(ModalScreen[bool]):
    """Asks before something is changed: y does it, every other way out does nothing."""

    BINDINGS = [("y", "answer(True)", "Yes"), ("n,escape,q,enter", "answer(False)", "No")]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        yield Static(f"{self._text}\n\ny: yes   n, Esc: no", markup=False, classes="dialog")

    def action_answer(self, does: bool) -> None:
        self.dismiss(does)


class Told(ModalScreen[None]):
    """A text, until a key."""

    BINDINGS = [("escape,q,enter,d", "close", "Close")]

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static(f"{self.text}\n\nEsc: close", markup=False)

    def action_close(self) -> None:
        self.dismiss(None)
