"""What the result of a job says of each of its messages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from batchline.systems import api_text
from batchline.systems.contract import HasJobs, System
from batchline.systems.verdicts import JobEnded

#: Why a result confirms nobody that has an entry for a contact of no message.
STRANGER = "the result names an invalid contact that is none of the job's"


class Sent(Protocol):
    """A message of a job, as far as a result may name it."""

    @property
    def contact(self) -> str: ...
    @property
    def payload(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Findings:
    """What a result says."""

    #: Why each message is invalid; None: the result does not say so.
    details: Sequence[str | None]
    #: Why the messages that are not invalid are not confirmed either; None: they are.
    unconfirmed: str | None = None


def find(
    messages: Sequence[Sent],
    result: JobEnded,
    system: System[Any],
    secrets: Sequence[str],
    erased: int = 0,
) -> Findings:
    """What the result says of these messages, in the API's words, fit to be shown.

    An entry that names no message may mean any of them, in a form that nobody knows. Then those
    that no other entry names are not confirmed. `erased`: messages of the job that were erased
    since, of which the result may have an entry too.
    """
    if result.failed is not None:
        return Findings([result.failed] * len(messages))
    if not result.invalid:
        return Findings([None] * len(messages), result.unconfirmed)
    reasons = {name: entry.reason for entry in result.invalid for name in entry.names}
    known: set[str] = set()
    details: list[str | None] = []
    for message in messages:
        names = _names(message, system)
        known.update(names)
        reason = next((reasons[name] for name in names if name in reasons), None)
        details.append(None if reason is None else _cleaned(reason, message, secrets))
    strangers = sum(known.isdisjoint(entry.names) for entry in result.invalid)
    is_strange = strangers > erased
    return Findings(details, result.unconfirmed or (STRANGER if is_strange else None))


def _names(message: Sent, system: System[Any]) -> list[str]:
    payload = message.payload.encode()
    others = system.identifiers(payload) if isinstance(system, HasJobs) else ()
    return [message.contact.lower(), *others]


def _cleaned(reason: str, message: Sent, secrets: Sequence[str]) -> str:
    values = api_text.values_of([message.payload.encode()])
    return api_text.cleaned_text(reason, values, secrets)
