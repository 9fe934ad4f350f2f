"""`batchline worker`."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.pass_context
def command(ctx: click.Context) -> None:
    """Run a worker: several of them share the lanes.

    Any option of `celery worker` passes through, such as --concurrency 32, --loglevel debug or
    --hostname orders@%h. `celery -A batchline.app worker` does the same.
    """
    Settings.load()  # what is wrong with them is told as of any other command
    from batchline.app import app

    defaults = ["--without-gossip", "--without-mingle", "--loglevel", "info"]
    app.worker_main(["worker", *defaults, *ctx.args])
