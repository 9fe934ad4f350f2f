"""`batchline flower`."""

from __future__ import annotations

import sys

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.root import WrongSettings


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.pass_context
def command(ctx: click.Context) -> None:
    """Run the dashboard: Flower, with the tabs of Batchline.

    Any option of `celery flower` passes through, such as --port=6666, --address=0.0.0.0 (which
    needs a login: batchline users add) or --url-prefix=flower. `celery -A batchline.app flower`
    does the same.
    """
    settings = Settings.load()
    from flower.command import apply_env_options, apply_options

    from batchline.app import app
    from batchline.worker.dashboard import store_metrics
    from batchline.worker.dashboard.access import Refused
    from batchline.worker.dashboard.install import install
    from batchline.worker.dashboard.leaving import leave

    arguments = list(ctx.args)
    apply_env_options()
    apply_options(sys.argv[0], arguments)
    try:
        house = install(settings)
    except Refused as error:
        raise WrongSettings(str(error)) from error
    store_metrics.show(settings)
    app.start(["flower", *arguments])  # returns after SIGTERM and Ctrl-C
    house.close()
    leave()
