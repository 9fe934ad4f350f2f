"""`batchline doctor`."""

from __future__ import annotations

import json
import sys

import click

from batchline.worker.cli import exit_codes
from batchline.worker.dashboard import checkup
from batchline.worker.doctor import run
from batchline.worker.doctor.finding import Setup

CHECKS = (*run.CHECKS, checkup.CHECK)
NAMES = [check.name for check in CHECKS]


@click.command()
@click.argument("checks", nargs=-1, metavar="[CHECK]...", type=click.Choice(NAMES))
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for scripts.")
@click.option("--offline", is_flag=True, help="Call no API.")
@click.option("-v", "--verbose", is_flag=True, help="Also all that is well.")
def command(checks: tuple[str, ...], as_json: bool, offline: bool, verbose: bool) -> None:
    """Check the set-up, and say under each mistake how to mend it.

    \b
    CHECK   settings redis broker scripts workers dispatcher accounts
            paused troubles books dashboard; without one, all of them

    Each runs after what it needs. Each account's API is asked one documented question that changes
    nothing. The output holds no secret and no e-mail address: it can be pasted into a ticket.

    \b
    ✓ well   ! works, and may be a mistake   ✗ wrong   - skipped
    Exit status 1 if anything is wrong.

    \b
    Examples:
      batchline doctor
      batchline doctor redis broker -v
      batchline doctor --offline --json
    """
    results = []
    for result in run.run(Setup(offline), checks, CHECKS):
        results.append(result)
        if not as_json:
            for line in run.lines(result, verbose):
                click.echo(line)
    if as_json:
        click.echo(json.dumps(run.as_dict(results), indent=2))
    sys.exit(0 if run.is_well(results) else exit_codes.WRONG)
