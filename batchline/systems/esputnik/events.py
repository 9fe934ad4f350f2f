"""Events, and the subscriptions of forms, which are events too: one call each.

Nobody can be asked whether an event arrived, and a repetition is not known as one: `keyValue` is
the contact's e-mail address as a rule, the same for all its events, and no document says that equal
keys are told apart or dropped. So one that is in doubt is held.
"""

from __future__ import annotations

from collections.abc import Sequence

from batchline.systems.account import EffectiveOperation
from batchline.systems.contract import Item, Request
from batchline.systems.planning import cut, one_by_one, waves

PATHS = {
    "contact.subscribe": "/api/v1/contact/subscribe",
    "event.add": "/api/v1/event",
    "event.add_v2": "/api/v2/event",
}
PAST_PATH = "/api/v1/past_events"


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation
) -> list[list[Request]]:
    """A call for each; those of one contact one after the other."""
    return [
        one_by_one(wave, operation, PATHS[operation])
        for wave in waves(items, lambda item: [item.contact])
    ]


def plan_past(
    items: Sequence[Item], operation: str, settings: EffectiveOperation
) -> list[list[Request]]:
    """The only batch form of events; each says itself when it occurred."""
    return [[Request(operation, PAST_PATH, run)] for run in cut(items, settings)]
