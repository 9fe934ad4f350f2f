"""The application of `batchline top`. Redis is read and changed in threads: no key waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar, get_args

from redis.exceptions import RedisError
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher, DataTable, Footer, Static

from batchline.producers.redis_client import described
from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.worker.cli.top import acting, words
from batchline.worker.cli.top.details import describe
from batchline.worker.cli.top.dialogs import Question, Told, Typed
from batchline.worker.cli.top.rows import TABS, rows
from batchline.worker.cli.top.table import Rows
from batchline.worker.cli.top.views import Found, Tab, View, read, row_of
from batchline.worker.dead_letters.bulk import BulkAct
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.delivery.fault import place_of
from batchline.worker.filters.language import BadFilter
from batchline.worker.inspection.lanes_filter import LanesFilter
from batchline.worker.inspection.lanes_page import EVERY
from batchline.worker.store.store import Store

#: So many times as long as a reading took, the next waits at least: 10,000 lanes take a second.
REST = 2.0
#: Action -> the tabs on which it does something; the others: on all.
ONLY: dict[str, tuple[Tab, ...]] = {
    "sort": ("lanes",),
    "reverse": ("lanes",),
    "filter": ("lanes", "troubles", "dead"),
    "turn": ("lanes", "dead"),
    "letters": ("lanes",),
    "pause": ("lanes", "troubles"),
    "pause_account": ("lanes",),
    "bulk": ("dead",),
    "stop": ("bulk",),
    "confirm": ("bulk",),
}


class Top(App[None]):
    """The tabs, the filter, and the acts."""

    TITLE = "batchline top"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "top.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "keys", "Keys"),
        *(Binding(str(at), f"tab('{tab}')", show=False) for at, tab in enumerate(TABS, 1)),
        Binding("tab", "next_tab(1)", "Tab", show=False, priority=True),
        Binding("slash", "filter", "Filter"),
        Binding("s", "sort", "Sort"),
        Binding("o", "reverse", "Other way", show=False),
        Binding("n", "turn(True)", "Next page", show=False),
        Binding("b", "turn(False)", "Page before", show=False),
        Binding("d", "letters", "Its dead letters", show=False),
        Binding("P", "pause", "PAUSE"),
        Binding("A", "pause_account", "PAUSE ACCOUNT", show=False),
        Binding("R", "go_on", "RESUME/REPLAY"),
        Binding("B", "bulk", "REPLAY ALL"),
        Binding("S", "stop", "STOP"),
        Binding("C", "confirm", "CONFIRM"),
        Binding("q", "quit", "Quit"),
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]

    def __init__(
        self, store: Store, settings: Settings, wanted: LanesFilter = EVERY, every: float = 2.0
    ) -> None:
        super().__init__()
        self.store = store
        self.settings = settings
        self.view = View(wanted=wanted, letters=Filter(wanted.account, wanted.operation))
        self.every = every
        self.found: Found | None = None
        #: What is wrong with reading; "": nothing.
        self.away = ""
        self._is_reading = False
        #: Until then (`time.monotonic`) nothing is read but what a key asks for.
        self._rests_until = 0.0

    def compose(self) -> ComposeResult:
        yield Static("Reading ...", id="health", markup=False)
        yield Static("", id="tabs")
        yield Static("", id="asked", markup=False)
        with ContentSwitcher(initial="lanes-rows"):
            for tab in TABS:
                yield Rows(tab)
        yield Static("", id="about", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.action_tab("lanes")
        self.set_interval(self.every, self._tick)

    @property
    def is_open(self) -> bool:
        """Whether there is something to show on: at the end a thread's answer comes too late."""
        return bool(self.screen_stack) and self.screen_stack[0].is_running

    @property
    def table(self) -> Rows:
        """The table that is shown."""
        return self.screen_stack[0].query_one(f"#{self.view.tab}-rows", Rows)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that does nothing on this tab is not offered."""
        if action == "next_tab":  # in a dialog it leads to the next field
            return len(self.screen_stack) == 1
        return self.view.tab in ONLY.get(action, get_args(Tab))

    # Reading

    def _tick(self) -> None:
        if time.monotonic() >= self._rests_until:
            self.read()

    def read(self) -> None:
        """Read what is asked for, unless a thread is at it: then it is asked for at its end."""
        if not self._is_reading:
            self._is_reading = True
            threading.Thread(target=self._read, args=(self.view,), daemon=True).start()

    def _read(self, view: View) -> None:
        found, away, begun = None, "", time.monotonic()
        try:
            found = read(self.store, self.settings, view)
        except Exception as error:
            away = told(error)
        now = time.monotonic()
        self._rests_until = now + REST * (now - begun)
        self._from_thread(self._show, view, found, away)

    def _show(self, view: View, found: Found | None, away: str) -> None:
        self._is_reading, self.away = False, away
        if found is not None and view == self.view:
            self.found = found
            if found.lanes is not None:  # there may be fewer pages by now
                self.view = replace(view, page=found.lanes.page)
                self.found = replace(found, view=self.view)
            self.table.put(rows(self.found))
        self._tell()
        if view != self.view and not away:
            self.read()

    def _tell(self) -> None:
        """The lines above the table."""
        main = self.screen_stack[0]
        health = main.query_one("#health", Static)
        state, sentence = words.health(self.found, self.away)
        health.update(Text(sentence, no_wrap=True, overflow="ellipsis"))
        health.set_classes(state)
        main.query_one("#tabs", Static).update(words.tabs(self.view.tab, self.found))
        asked = words.asked(self.view, self.found)
        main.query_one("#asked", Static).update(Text(asked, no_wrap=True, overflow="ellipsis"))
        self._tell_about()

    def _tell_about(self) -> None:
        """The lines below the table."""
        found = self.found if self.found and self.found.view == self.view else None
        text = words.about(found, self.table.selected)
        self.screen_stack[0].query_one("#about", Static).update(Text(text))

    def ask_for(self, view: View) -> None:
        """Ask for another view."""
        self.view = view
        self._tell()
        self.read()

    # Keys that change nothing

    def action_keys(self) -> None:
        self.push_screen(Told(words.KEYS))

    def action_tab(self, tab: Tab) -> None:
        self.screen_stack[0].query_one(ContentSwitcher).current = f"{tab}-rows"
        self.ask_for(replace(self.view, tab=tab))
        self.table.focus()
        self.refresh_bindings()

    def action_next_tab(self, step: int) -> None:
        tabs = list(TABS)
        self.action_tab(tabs[(tabs.index(self.view.tab) + step) % len(tabs)])

    def action_filter(self) -> None:
        language = self.view.language
        assert language is not None
        text = (
            f"Filter, such as {words.EXAMPLES[self.view.tab]}\n({', '.join(language.conditions)})"
        )
        view = self.view

        def wrong(typed: str) -> str:
            try:
                view.with_filter(typed)
            except BadFilter as error:
                return str(error)
            return ""

        def typed(line: str | None) -> None:
            if line is not None:
                self.ask_for(view.with_filter(line))

        self.push_screen(Typed(text, view.filter, wrong), typed)

    def action_sort(self) -> None:
        self.ask_for(self.view.sorted_next())

    def action_reverse(self) -> None:
        self.ask_for(self.view.reversed())

    def action_turn(self, forward: bool) -> None:
        if self.found is not None and self.found.view == self.view:
            other = self.found.next_page() if forward else self.found.page_before()
            if other is not None:
                self.ask_for(other)

    def action_letters(self) -> None:
        row = row_of(self.found, self.table.selected or "") if self.found else None
        if row is not None:
            wanted = Filter(row.account, row.operation)
            self.view = replace(self.view, letters=wanted, pages=())
            self.action_tab("dead")

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        if self.is_open:
            self._tell_about()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        found, key = self.found, self.table.selected
        if found is None or key is None or found.view != self.view:
            return
        self._in_thread(
            lambda: describe(self.store, self.settings, found, key),
            lambda text: self.push_screen(Told(text)),
        )

    # Acts: each asks first

    def action_pause(self) -> None:
        self._pause(self._scope())

    def action_pause_account(self) -> None:
        self._pause(self._scope().partition(":")[0])

    def _pause(self, scope: str) -> None:
        def typed(reason: str | None) -> None:
            if reason is not None:
                self._act(lambda: acting.pause(self.store, self.settings, scope, reason))

        if scope:
            question = f"Pause {scope}: messages are accepted, none is sent.\nWhy? Enter: pause it"
            self.push_screen(Typed(question), typed)

    def action_go_on(self) -> None:
        """Resume what is paused or stopped, or replay a letter."""
        key = self.table.selected
        match self.view.tab:
            case "dead" if key is not None:
                self._ask(
                    f"Replay {key}?\nIt goes to the tail of its lane, with all its tries anew.",
                    lambda: acting.replay(self.store, self.settings, key),
                )
            case "bulk" if key is not None:
                self._ask(f"Go on with {key}?", lambda: acting.go_on(self.store, key))
            case "lanes" | "troubles" if scope := self._scope(held=True):
                self._ask(
                    f"Resume {scope}?\nIts pause ends, and every wait: it is tried at once.",
                    lambda: acting.resume(self.store, scope),
                )

    def _scope(self, held: bool = False) -> str:
        """What the row under the cursor is about; `held`: what holds it, if something does."""
        key = self.table.selected
        if self.found is None or key is None:
            return ""
        if self.view.tab == "troubles":
            scope = words.scope_of(self.found, key, held)
            if not scope:
                self.notify("It is about no account and no lane: Enter says what to do")
            return scope
        row = row_of(self.found, key)
        return row.paused[0].scope if held and row and row.paused else key

    def action_bulk(self) -> None:
        """Replay all that fits the filter: it is counted first."""
        wanted = self.view.letters

        def ordered(name: str) -> None:
            self._in_thread(lambda: acting.count(self.store, self.settings, name), self._confirm)

        self.notify(f"Counting: {acting.filter_of(wanted)}", markup=False)
        self._in_thread(
            lambda: acting.order_replay(self.store, wanted), ordered, changes_something=True
        )

    def action_confirm(self) -> None:
        """Confirm an act that somebody has ordered, and that is counted by now."""
        act = self._selected_act()
        if act is not None and act.state == "counted":
            self._confirm(act, stops=False)
        elif act is not None:
            self.notify(f"{act.name} is {act.state}: there is nothing to confirm", markup=False)

    def _confirm(self, act: BulkAct, stops: bool = True) -> None:
        def typed(count: str | None) -> None:
            if count is not None:
                self._act(lambda: acting.confirm(self.store, act))
            elif stops:
                self._act(lambda: acting.stop(self.store, act.name))

        self.push_screen(
            Typed(acting.question(act), wrong=lambda count: acting.wrong_count(act, count)), typed
        )

    def action_stop(self) -> None:
        act = self._selected_act()
        if act is not None:
            self._ask(
                f"Stop {act.name}? For a week R goes on with what is left.",
                lambda: acting.stop(self.store, act.name),
            )

    def _selected_act(self) -> BulkAct | None:
        key, found = self.table.selected, self.found
        return next((one for one in found.acts if one.name == key), None) if found else None

    def _ask(self, question: str, do: Callable[[], str]) -> None:
        def answered(does: bool | None) -> None:
            if does:
                self._act(do)

        self.push_screen(Question(question), answered)

    def _act(self, do: Callable[[], str]) -> None:
        def done(said: str) -> None:
            self.notify(said, markup=False)
            self.read()

        self._in_thread(do, done, changes_something=True)

    # Threads

    def _in_thread(
        self,
        do: Callable[[], Any],
        then: Callable[[Any], Any],
        changes_something: bool = False,
    ) -> None:
        """Do it in a thread, and then go on here; what goes wrong is told.

        `changes_something`: the command does not end before it is done, and noted among the acts.
        """

        def run() -> None:
            try:
                found = do()
            except Exception as error:
                self._from_thread(self._refuse, told(error))
            else:
                self._from_thread(then, found)

        threading.Thread(target=run, daemon=not changes_something).start()

    def _refuse(self, why: str) -> None:
        self.notify(why, severity="error", timeout=10, markup=False)
        self.read()

    def _from_thread(self, do: Callable[..., Any], *arguments: Any) -> None:

        def here() -> None:
            if self.is_open:
                do(*arguments)

        with suppress(RuntimeError):  # the application has ended meanwhile
            self.call_later(here)


def told(error: Exception) -> str:
    """What went wrong, in words."""
    match error:
        case RedisError():
            return f"Redis is away: {described(error)}"
        case BatchlineError() | OSError():
            return str(error)
    return place_of(error)
