"""`batchline top`."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.language import Where
from batchline.worker.cli.root import Failed, open_store
from batchline.worker.inspection.lanes_filter import LANGUAGE, LanesFilter
from batchline.worker.inspection.lanes_page import EVERY


@click.command()
@click.option(
    "--where",
    type=Where(LANGUAGE),
    default=EVERY,
    metavar="FILTER",
    help="Only the lanes that fit, as `batchline lanes --where` takes it.",
)
@click.option(
    "--every", type=click.FloatRange(0.2, 3600), default=2.0, show_default=True, help="Seconds."
)
def command(where: LanesFilter, every: float) -> None:
    """Watch lanes, accounts, dead letters, troubles and bulk acts, and act on them.

    \b
    left right   another tab       /   filter (the language of --where)
    up down      another row       s   sort by the next column
    enter, d     why does it not move?
    P            pause             R   resume
    X            replay its dead letters
    q            end

    Keys in upper case change something; each asks first. What you do is among `batchline acts`.
    """
    settings = Settings.load()
    try:
        from batchline.worker.cli.top.app import Top
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "textual":
            raise
        raise Failed(
            "textual is not installed: pip install 'batchline[top]'. Without it there is "
            "batchline status --watch"
        ) from None
    Top(open_store(settings), settings, where, every).run()
