"""The tab Lanes: account x operation, and why one of them does not move."""

from __future__ import annotations

from tornado import web

from batchline.producers.settings import Settings
from batchline.worker.dashboard import charts
from batchline.worker.dashboard.pages import words
from batchline.worker.dashboard.pages.asked import Asked
from batchline.worker.dashboard.pages.page import Page
from batchline.worker.inspection import lanes_page, surroundings
from batchline.worker.inspection.lanes_filter import LANGUAGE, STATES, LanesFilter
from batchline.worker.inspection.lanes_page import LanesPage, Row
from batchline.worker.store import history, lane_states
from batchline.worker.store.history import History
from batchline.worker.store.store import Store

#: Columns that can be sorted by: the column's name in `lanes_page.SORTS`, its head, and whether
#: the largest comes first.
COLUMNS = (
    ("account", "Lane", False),
    ("backlog", "Backlog", True),
    ("oldest", "Oldest", True),
    ("in_flight", "In flight", True),
    ("parked", "Parked", True),
    ("dead", "Dead", True),
    ("attempts", "State", True),
    ("due", "Next due", False),
)
DEFAULT_SORT = "-backlog"


def read(store: Store, settings: Settings, asked: Asked[LanesFilter]) -> tuple[LanesPage, History]:
    """The page's rows, and the last hour of them."""
    page = lanes_page.read(store, settings, asked.wanted, asked.sort, asked.page)
    return page, history.last_hour(store)


def read_one(store: Store, settings: Settings, scope: str) -> tuple[Row, LanesPage, History] | None:
    """One row, by "account:operation"; None where there is none."""
    if scope.count(":") != 1:
        return None
    names = lane_states.names_of(store, scope)
    states = lane_states.read(store, names)
    around = surroundings.read(store, settings, states)
    page = lanes_page.page_of(lanes_page.fold(states, around), 1, around, "name", 1, 1)
    return (page.rows[0], page, history.last_hour(store)) if page.rows else None


def spark(row: Row, hour: History) -> str:
    """The row's last hour as a picture."""
    series = hour.of(row.account, row.operation)
    label = charts.in_and_out(row.scope, series.enqueued, series.delivered)
    return charts.sparkline(label, **{"in": series.enqueued, "out": series.delivered})


class Lanes(Page):
    """All rows that fit the filter of the address."""

    async def get(self) -> None:
        asked = Asked.of(self.request.query, LANGUAGE, DEFAULT_SORT)
        page, hour = await self.house.shared(
            ("lanes", asked), lambda store: read(store, self.house.settings, asked)
        )
        if asked.wrong:
            self.set_status(400)
        self.show(
            "lanes", page=page, hour=hour, asked=asked, columns=COLUMNS, states=STATES, spark=spark
        )


class Lane(Page):
    """One row: its state, why it does not move, and its partitions."""

    async def get(self, scope: str) -> None:
        found = await self.house.read(lambda store: read_one(store, self.house.settings, scope))
        if found is None:
            raise web.HTTPError(404, f"No lane of {scope} ever held a message.")
        row, page, hour = found
        series = hour.of(row.account, row.operation)
        self.show(
            "lane",
            row=row,
            hour=hour,
            series=series,
            why=page.why(row),
            limits=words.limits,
        )
