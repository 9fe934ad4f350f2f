"""`batchline health`: a probe, which is fast, for it loads click and one small module of ours."""

from __future__ import annotations

import json
import sys
import time

import click

from batchline.worker.cli import exit_codes
from batchline.worker.runtime import heartbeat


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--live", "wanted", flag_value="live", default=True, help="Is it alive? The default.")
@click.option("--ready", "wanted", flag_value="ready", help="Alive, and does it deliver?")
@click.option("--name", help="The node's name, such as celery@host: that worker alone.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for scripts.")
def command(wanted: str, name: str | None, as_json: bool) -> None:
    """Tell whether the workers of this machine or container are well, for a probe.

    \b
    --live   the dispatcher comes round, also while Redis is away: restart the
             worker where it fails
    --ready  Redis answers too, and lanes that are due begin

    \b
    Exit status 0: all of them are; 1: one is not, or none runs here.

    Neither Redis nor the settings are read: workers write files for it into BATCHLINE_HEALTH_DIR,
    else a folder of XDG_RUNTIME_DIR or of the folder for temporary files.

    \b
    Examples:
      batchline health --live
      batchline health --ready --name orders@shop-1
    """
    now = time.monotonic()
    beats = heartbeat.read(name)
    told = [(one.node, heartbeat.what_is_wrong(one, now, wanted == "ready")) for one in beats]
    is_well = bool(told) and not any(text for _, text in told)
    if as_json:
        rows = [{"node": node, "ok": not text, "wrong": text or None} for node, text in told]
        click.echo(json.dumps({"ok": is_well, "asked": wanted, "workers": rows}, indent=2))
    elif not told:
        who = f"{name} does not run" if name else "No worker runs"
        click.echo(f"{who} here, or it could not write into {heartbeat.folder()}", err=True)
    else:
        for node, text in told:
            click.echo(f"{node}: {text or wanted}", err=bool(text))
    sys.exit(0 if is_well else exit_codes.WRONG)
