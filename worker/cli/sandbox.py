"""`batchline sandbox`."""

from __future__ import annotations

import sys

import click


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.pass_context
def command(ctx: click.Context) -> None:
    """Serve a stand-in for the documented APIs on loopback (options: python -m sandbox --help)."""
    try:
        from batchline.sandbox.__main__ import main
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error.name} is not installed: pip install 'batchline[sandbox]'"
        ) from error
    sys.exit(main(ctx.args))
