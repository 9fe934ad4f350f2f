"""`batchline lanes`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from batchline.producers.settings import Settings
from batchline.worker.cli import output
from batchline.worker.cli.language import Where
from batchline.worker.cli.output import JSON, WATCH
from batchline.worker.cli.root import NothingMatches, open_store
from batchline.worker.inspection import lanes_page
from batchline.worker.inspection.lanes_filter import LANGUAGE, STATES, LanesFilter
from batchline.worker.inspection.lanes_page import SORTS, LanesPage, Row
from batchline.worker.inspection.lanes_table import lanes_table
from batchline.worker.inspection.paging import LARGEST_PAGE, PAGE_SIZE

COLUMNS = [*SORTS, *(f"-{name}" for name in SORTS)]


@click.command()
@click.option(
    "--where",
    type=Where(LANGUAGE),
    default=lanes_page.EVERY,
    metavar="FILTER",
    help="Only what fits, such as 'account=default state=failing,paused text=\"HTTP 503\"'. "
    f"States: {', '.join(STATES)}.",
)
@click.option(
    "--sort",
    type=click.Choice(COLUMNS),
    default="-backlog",
    metavar="COLUMN",
    help=f"Sort by: {', '.join(SORTS)}; with - before it the most first.  [default: -backlog]",
)
@click.option("--page", type=click.IntRange(1), default=1, show_default=True)
@click.option("--limit", type=click.IntRange(1, LARGEST_PAGE), default=PAGE_SIZE, show_default=True)
@JSON
@WATCH
def command(
    where: LanesFilter, sort: str, page: int, limit: int, as_json: bool, watches: bool
) -> None:
    """Show accounts and operations, filtered and sorted; partitions are folded into them."""
    settings = Settings.load()
    store = open_store(settings)

    def read() -> LanesPage:
        return lanes_page.read(store, settings, where, sort, page, limit)

    if watches:
        output.show(lambda: lanes_table(read()), watches)
        return
    found = read()
    if as_json:
        click.echo(json.dumps(_as_dict(found), indent=2))
    else:
        output.show(lambda: lanes_table(found), watches)
    if where != lanes_page.EVERY and not found.matching:
        raise NothingMatches("no lane fits")


def _as_dict(page: LanesPage) -> dict[str, Any]:
    """The page without the single lanes: `batchline status --json` has these."""
    return {
        "rows": [_row(row) for row in page.rows],
        "page": page.page,
        "pages": page.pages,
        "matching": page.matching,
        "of": page.of,
        "totals": page.totals,
    }


def _row(row: Row) -> dict[str, Any]:
    fields = {
        name: getattr(row, name) for name in row.__slots__ if name not in ("partitions", "use")
    }
    return {
        **fields,
        "paused": [asdict(one) for one in row.paused],
        "partitions": len(row.partitions),
    }
