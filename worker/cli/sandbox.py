"""`batchline sandbox`."""

from __future__ import annotations

import sys

import click

from batchline.worker.devstack.sandbox import serve_sandbox


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Serve a stand-in for the documented APIs on loopback (its options: --help)."""
    sys.exit(serve_sandbox(ctx.args))
