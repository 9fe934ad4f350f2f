"""The application of `batchline top`. It reads and acts in threads, so that keys are never late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from redis.exceptions import RedisError
from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Footer, Input, Static, TabbedContent, TabPane

from batchline.producers.redis_client import described
from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.worker.cli.dead.in_bulk import by_reason, counted
from batchline.worker.cli.top import reading
from batchline.worker.cli.top.dialogs import Question, Told
from batchline.worker.cli.top.reading import SORTS, TABS, Snapshot
from batchline.worker.dead_letters import bulk
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.filters.language import BadFilter
from batchline.worker.inspection.lanes_filter import LANGUAGE, LanesFilter
from batchline.worker.inspection.lanes_page import EVERY
from batchline.worker.store import acts, pause
from batchline.worker.store.store import Store


class Top(App[None]):
    """The tabs, the filter, and the acts."""

    TITLE = "batchline top"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #said { height: 1; padding: 0 1; }
    #said.wrong { background: $error; }
    #filter { display: none; }
    #filter.open { display: block; }
    ModalScreen { align: center middle; }
    .dialog { width: 80%; height: auto; max-height: 80%; padding: 1 2; background: $panel;
              border: round $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "tab(-1)", "Tab", priority=True),
        Binding("right,l", "tab(1)", "Tab", show=False, priority=True),
        Binding("slash", "filter", "Filter"),
        Binding("s", "sort", "Sort"),
        Binding("d", "describe", "Why?"),
        Binding("P", "pause", "PAUSE"),
        Binding("R", "resume", "RESUME"),
        Binding("X", "replay", "REPLAY"),
        Binding("q", "quit", "End"),
    ]

    def __init__(
        self, store: Store, settings: Settings, wanted: LanesFilter = EVERY, every: float = 2.0
    ) -> None:
        super().__init__()
        self.store = store
        self.settings = settings
        self.wanted = wanted
        self.every = every
        self.sort = SORTS[0]
        self.snapshot: Snapshot | None = None
        #: What was said last: the state, or what is wrong.
        self.said = "Reading ..."

    def compose(self) -> ComposeResult:
        yield Static(self.said, id="said", markup=False)
        with TabbedContent(id="tabs"):
            for name, (title, _) in TABS.items():
                with TabPane(title, id=name):
                    yield DataTable(id=f"{name}-rows", cursor_type="row", zebra_stripes=True)
        yield Input(placeholder="account=default state=failing,paused", id="filter")
        yield Footer()

    def on_mount(self) -> None:
        for name, (_, columns) in TABS.items():
            self._table(name).add_columns(*columns)
        self._table("lanes").focus()
        self.read()
        self.set_interval(self.every, self.read)

    @property
    def tab(self) -> str:
        """The tab that is shown."""
        return self.query_one(TabbedContent).active

    @property
    def selected(self) -> str | None:
        """What the row under the cursor is about."""
        table = self._table(self.tab)
        if not table.row_count:
            return None
        return table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of the tabs are letters and arrows of the filter while it is open."""
        is_typing = isinstance(self.focused, Input)
        return not (is_typing and action == "tab") and (
            len(self.screen_stack) == 1 or action == "quit"
        )

    # Reading

    @work(thread=True, exclusive=True, group="reading", exit_on_error=False)
    def read(self) -> None:
        try:
            found = reading.read(self.store, self.settings, self.wanted, self.sort)
        except RedisError as error:
            self.call_from_thread(self.tell, f"Redis is away: {described(error)}", True)
        except (BatchlineError, OSError) as error:
            self.call_from_thread(self.tell, str(error), True)
        else:
            self.call_from_thread(self.show, found)

    def show(self, found: Snapshot) -> None:
        """Put the rows into their tables; the cursor stays on its row."""
        self.snapshot = found
        for name in TABS:
            self._fill(self._table(name), found.rows(name))
        wanted = LANGUAGE.format(self.wanted)
        self.tell(
            f"{found.lanes.matching:,} of {found.lanes.of:,} operations, sorted by {self.sort}"
            + (f", filter: {wanted}" if wanted else "")
            + f"   backlog {found.lanes.totals['backlog']:,}"
            + f"   dead {found.lanes.totals['dead']:,}   troubles {len(found.troubles):,}"
        )

    def tell(self, text: str, is_wrong: bool = False) -> None:
        self.said = text
        line = self.query_one("#said", Static)
        line.update(Text(text))
        line.set_class(is_wrong, "wrong")

    def _fill(self, table: DataTable[Any], rows: list[tuple[str, tuple[str, ...]]]) -> None:
        at = table.cursor_coordinate.row
        before = None
        if table.row_count:
            before = table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value
        table.clear()
        for key, cells in rows:
            table.add_row(*map(Text, cells), key=key)
        keys = [key for key, _ in rows]
        if keys:
            table.move_cursor(row=keys.index(before) if before in keys else min(at, len(keys) - 1))

    def _table(self, name: str) -> DataTable[Any]:
        return self.query_one(f"#{name}-rows", DataTable)

    # Keys that change nothing

    def action_tab(self, step: int) -> None:
        names = list(TABS)
        name = names[(names.index(self.tab) + step) % len(names)]
        self.query_one(TabbedContent).active = name
        self._table(name).focus()

    def action_filter(self) -> None:
        line = self.query_one("#filter", Input)
        line.value = LANGUAGE.format(self.wanted)
        line.add_class("open")
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        try:
            self.wanted = LANGUAGE.parse(event.value)
        except BadFilter as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self._close_filter()
        self.read()

    def on_key(self, event: Any) -> None:
        if event.key == "escape" and isinstance(self.focused, Input):
            self._close_filter()

    def _close_filter(self) -> None:
        self.query_one("#filter", Input).remove_class("open")
        self._table(self.tab).focus()

    def action_sort(self) -> None:
        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]
        self.read()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        self.action_describe()

    def action_describe(self) -> None:
        if self.snapshot is not None and self.selected is not None:
            self.push_screen(Told(reading.describe(self.snapshot, self.tab, self.selected)))

    # Acts: each asks first

    def action_pause(self) -> None:
        scope = self._scope()
        if scope:
            self._ask(
                f"Pause {scope}? Messages are accepted, none is sent.",
                lambda: pause.pause(self.store, scope, "paused in batchline top", acts.person()),
                f"{scope} is paused",
            )

    def action_resume(self) -> None:
        scope = self._scope()
        if scope:
            self._ask(
                f"Resume {scope}? Its lanes are tried at once.",
                lambda: pause.resume(self.store, scope, acts.person()),
                f"{scope} goes on",
            )

    def _scope(self) -> str | None:
        """The account or operation under the cursor."""
        if self.tab in ("lanes", "accounts", "dead"):
            return self.selected
        self.notify("Pause and resume are for lanes and accounts.")
        return None

    def action_replay(self) -> None:
        row = self.snapshot.row(self.selected or "") if self.snapshot else None
        if self.tab not in ("lanes", "dead") or row is None or not row.dead:
            self.notify("There is no dead letter to replay.")
            return
        self._count(row.account, row.operation)

    @work(thread=True, group="acting", exit_on_error=False)
    def _count(self, account: str, operation: str) -> None:
        """Count the letters as a bulk act, which stands until it is confirmed."""

        def do() -> None:
            name, who = bulk.new_name(self.store, "replay"), acts.person()
            wanted = Filter(account=account, operation=operation)
            bulk.order(self.store, name, "replay", wanted, who)
            act = counted(self.store, self.settings, name)
            question = (
                f"Replay {act.total:,} dead letters of {account}:{operation}? {by_reason(act)}"
            )
            self.call_from_thread(
                self._ask,
                question,
                lambda: bulk.confirm(self.store, name, act.total, who),
                f"{name}: workers do it",
                lambda: bulk.stop(self.store, name, who),
            )

        self._do(do)

    def _ask(
        self,
        question: str,
        do: Callable[[], object],
        done: str,
        refused: Callable[[], object] | None = None,
    ) -> None:
        def answered(does: bool | None) -> None:
            if does:
                self._act(do, done)
            elif refused is not None:
                self._act(refused, "Nothing is changed")

        self.push_screen(Question(question), answered)

    @work(thread=True, group="acting", exit_on_error=False)
    def _act(self, do: Callable[[], object], done: str) -> None:
        if self._do(do):
            self.call_from_thread(self.notify, done, markup=False)
            self.call_from_thread(self.read)

    def _do(self, do: Callable[[], object]) -> bool:
        """Do it, and say so where it fails; runs in a thread."""
        try:
            do()
        except (BatchlineError, RedisError, OSError) as error:
            said = described(error) if isinstance(error, RedisError) else str(error)
            self.call_from_thread(self.notify, said, severity="error", markup=False)
            return False
        return True
