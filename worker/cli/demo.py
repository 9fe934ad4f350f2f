"""`batchline demo`."""

from __future__ import annotations

import os
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import click
from rich.console import Console

from batchline.worker.cli.numbers import many
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.devstack.demo import check
from batchline.worker.devstack.demo.profile import Profile
from batchline.worker.devstack.demo.profiles import NAMES, profile_of
from batchline.worker.devstack.demo.run import Course, Surroundings, run, surroundings

#: Disagreements with the ledger that are shown one by one; the rest are counted.
MOST_SHOWN = 20


@click.command()
@click.option("--system", default="salesmanago", show_default=True, type=click.Choice(NAMES))
@click.option("--messages", type=click.IntRange(100), help="How many; the system's own default.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same shop.")
@click.option("--keep", is_flag=True, help="Say where the data is and how to look at it.")
def command(system: str, messages: int | None, seed: int, keep: bool) -> None:
    """See it work, for real: a Redis server, a worker process, HTTP to a sandbox of the API.

    A sample shop enqueues contacts, events and what else the system takes; some events outrun
    their contact, some contacts never come, and the API fails in between. In the end the
    sandbox's ledger is compared with what was accepted: exit status 1 if one message is
    unaccounted for.
    """
    console = Console()
    folder = Path(".batchline/demo").resolve()
    profile = profile_of(system)
    if profile.most and messages and messages > profile.most:
        raise click.UsageError(f"--messages: {system} takes {profile.most} at most in the demo")
    with surroundings(folder, os.environ, console, profile) as around:
        outgoing = profile.outgoing(messages or profile.messages, seed)
        course = run(around, outgoing, console)
        problems = _close(around, course, profile, console)
    if keep:
        console.print(f"The data is kept in {folder}; the worker's log: {folder / 'worker.log'}")
    sys.exit(1 if problems else 0)


def _close(around: Surroundings, course: Course, profile: Profile, console: Console) -> list[str]:
    """Print the closing account; return every disagreement with the sandbox's ledger."""
    account = around.settings.account("default")
    sizes = {name: account.operation(name).batch_size for name in account.known_operations}
    rows = check.figures(around.store, sizes)
    console.print()
    console.print(check.table(rows))
    console.print("mean: messages in a request; fill: items in a request, of the largest batch")
    reasons = Counter(letter.reason for letter in dead_letters.find(around.store))
    for reason, count in reasons.most_common():
        console.print(f"\n{many(count, 'dead letter')}: {reason}. {REASONS[reason]}")
    enqueued = len(course.sent)
    console.print(
        f"\n{enqueued:,} messages enqueued in {course.enqueue_seconds:.1f} s "
        f"({enqueued / course.enqueue_seconds:,.0f}/s); the backlog was empty after "
        f"{course.drain_seconds:.1f} s ({enqueued / course.drain_seconds:,.0f}/s), and everything "
        f"at rest, replays included, after {course.total_seconds:.1f} s."
    )
    problems = list(check.unaccounted(around.store, around.sandbox.control, course, profile))
    for problem in islice(problems, MOST_SHOWN):
        console.print(problem, style="red", markup=False)
    if problems:
        console.print(f"[red]{len(problems):,} disagreements with the sandbox's ledger[/red]")
    else:
        console.print("[green]Every message is accounted for in the sandbox's ledger.[/green]")
    return problems
