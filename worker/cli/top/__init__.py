"""`batchline top`."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.language import Where
from batchline.worker.cli.root import Failed, open_store
from batchline.worker.inspection.lanes_filter import LANGUAGE, LanesFilter
from batchline.worker.inspection.lanes_page import EVERY


@click.command()
@click.option(
    "--where",
    "--filter",
    "where",
    type=Where(LANGUAGE),
    default=EVERY,
    metavar="FILTER",
    help="Only what fits, as `batchline lanes --where` takes it.",
)
@click.option(
    "--every",
    type=click.FloatRange(0.2, 3600),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="Read again after so many seconds.",
)
def command(where: LanesFilter, every: float) -> None:
    """Watch lanes, troubles, dead letters and bulk acts live, and act on them.

    Press ? for the keys. Keys in upper case change something, and each asks first; what you do
    stands in `batchline acts`. A Redis that is away is waited for.
    """
    settings = Settings.load()
    store = open_store(settings)
    if find_spec("textual") is None:
        raise Failed(
            "textual is not installed: pip install 'batchline[top]'. Without it there is: "
            "batchline lanes --watch"
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Failed(
            "top needs a terminal, and this is none. For a script there is: batchline lanes "
            "--json; for `batchline top` itself: ssh -t, docker exec -it; and pip install "
            "'batchline[top]'"
        )
    from batchline.worker.cli.top.app import Top

    Top(store, settings, where, every).run()
