"""The acts of `batchline top`, each over the function that the command has, and told in a line."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.worker.cli.dead.in_bulk import by_reason, counted
from batchline.worker.cli.dead.replay import OTHER_SYSTEM, SENT_ANEW
from batchline.worker.cli.pause import check
from batchline.worker.cli.resume import next_step
from batchline.worker.dead_letters import bulk
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.bulk import BulkAct
from batchline.worker.dead_letters.filter import LANGUAGE, Filter
from batchline.worker.store import acts
from batchline.worker.store import pause as pauses
from batchline.worker.store.store import Store

#: The reason of a pause where none is typed.
NO_REASON = "paused in batchline top"
#: Characters of a reason that are kept.
LONGEST_REASON = 200


class Refused(BatchlineError):
    """An act cannot be carried out; the message says why."""


def pause(store: Store, settings: Settings, scope: str, reason: str) -> str:
    """Hold an account or an operation. Raises Refused, and UnknownAccount."""
    try:
        check(scope, settings)
    except click.UsageError as error:
        raise Refused(error.message) from None
    pauses.pause(store, scope, reason.strip()[:LONGEST_REASON] or NO_REASON, acts.person())
    return f"{scope} is paused: messages are accepted, none is sent"


def resume(store: Store, scope: str) -> str:
    """End its pause, and every wait."""
    resumed = pauses.resume(store, scope, acts.person())
    verb = "goes on" if resumed.was_paused else "was not paused"
    return f"{scope} {verb}: {next_step(resumed)}"


def replay(store: Store, settings: Settings, message_id: str) -> str:
    """Send one dead letter again. Raises Refused."""
    systems = {name: account.system for name, account in settings.accounts.items()}
    replayed = dead_letters.replay(store, [message_id], False, systems)
    if replayed.done:
        acts.write(store, acts.person(), "replayed", message_id, replayed.done)
        return f"{message_id} is replayed"
    if replayed.foreign:
        raise Refused(f"{message_id} stays: {OTHER_SYSTEM}")
    if replayed.anew:
        raise Refused(f"{message_id} stays: {SENT_ANEW}")
    raise Refused(f"{message_id} was changed or taken by somebody else meanwhile")


def order_replay(store: Store, wanted: Filter) -> str:
    """Order the replay of all that fits; its name. Nothing is sent before `confirm`."""
    name = bulk.new_name(store, "replay")
    bulk.order(store, name, "replay", wanted, acts.person())
    return name


def count(store: Store, settings: Settings, name: str) -> BulkAct:
    """Count its letters; an act about none is closed. Raises BulkRefused, and Refused."""
    act = counted(store, settings, name)
    if not act.total:
        bulk.confirm(store, name, 0, acts.person())
        raise Refused("no dead letter fits: nothing is replayed")
    return act


def question(act: BulkAct) -> str:
    """What is asked before it is confirmed."""
    number = act.left
    what = f"{number:,} dead letter{'' if number == 1 else 's'}: {by_reason(act)}"
    return (
        f"{act.what} {what}\nof: {act.filter or 'ALL dead letters'}\n"
        f"Type the count, {number}, and Enter; Esc changes nothing."
    )


def wrong_count(act: BulkAct, typed: str) -> str:
    """Why what was typed does not confirm it; "": it does."""
    is_it = typed.strip().replace(",", "") == str(act.left)
    return "" if is_it else f"Type {act.left}, as many as there are; or Esc."


def confirm(store: Store, act: BulkAct) -> str:
    """Let workers do it. Raises BulkRefused where it is about another number by now."""
    bulk.confirm(store, act.name, act.left, acts.person())
    return f"{act.name}: workers do it"


def stop(store: Store, name: str) -> str:
    """Do no more of it. Raises BulkRefused."""
    act = bulk.stop(store, name, acts.person())
    return f"{name} is stopped: {act.done:,} {bulk.DONE[act.what]}, {act.left:,} left"


def go_on(store: Store, name: str) -> str:
    """Go on with one that was stopped. Raises BulkRefused."""
    act = bulk.resume(store, name, acts.person())
    return f"{name} goes on: {act.left:,} left"


def filter_of(wanted: Filter) -> str:
    """A filter of dead letters, in words."""
    return LANGUAGE.format(wanted) or "ALL dead letters"
