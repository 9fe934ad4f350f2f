"""A result: what became of a message, as the application is told.

The settling scripts write results into one stream (`worker/store/lua/results.lua`), for the
operations that have `results = true`. A result holds no payload.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from batchline.producers.lanes import Lane

log = logging.getLogger(__name__)

#: delivered: the API took the message, and its job, if there is one, confirmed it. dead: it is a
#: dead letter, for `reason`; it may be replayed, and then has another result. unconfirmed: the API
#: accepted it, and its job never said what became of it. purged: a person deleted the dead letter.
#: erased: its contact was erased, or is suppressed; it names neither contact nor key.
Outcome = Literal["delivered", "dead", "unconfirmed", "purged", "erased"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message."""

    #: The id that `send` returned.
    message_id: str
    #: "delivered", "dead", "unconfirmed", "purged" or "erased".
    outcome: Outcome
    #: Why the message is a dead letter, or was one: rejected, invalid, contact_missing, superseded,
    #: poison, blocked, expired, ambiguous, unprocessable; else "".
    reason: str
    #: The API's own text about it, or ours; personal data in it are masked.
    detail: str = field(repr=False)
    account: str
    operation: str
    #: The key of the message's contact: its id, or its address in lower case; "" for none or
    #: several.
    contact: str = field(repr=False)
    #: The key that `send` was given, for 30 days from then on; else None.
    idempotency_key: str | None = field(repr=False)
    #: UNIX ms at which the message was settled.
    at: int
    #: Counts the results of this Redis.
    number: int

    @property
    def is_delivered(self) -> bool:
        return self.outcome == "delivered"


class NoResult(ValueError):
    """An entry that holds no result: somebody else wrote it."""


def parse(entry: Sequence[object]) -> tuple[bytes, Result]:
    """Stream id and result of an entry as Redis gives it: [id, [field, value, ...]].

    Raises NoResult for one that somebody else wrote.
    """
    stream_id, values = entry
    assert isinstance(stream_id, bytes)
    assert isinstance(values, list)
    texts = [value.decode(errors="replace") for value in values]
    fields: dict[str, Any] = dict(zip(texts[::2], texts[1::2], strict=True))
    try:
        return stream_id, _result(stream_id, fields)
    except (LookupError, ValueError):
        raise NoResult(stream_id.decode(errors="replace")) from None


def results_among(entries: Iterable[Sequence[object]]) -> list[tuple[bytes, Result]]:
    """Stream id and result of those that hold one; the log names the others."""
    found = []
    for entry in entries:
        try:
            found.append(parse(entry))
        except NoResult as error:
            log.warning("the entry %s of the stream of results holds none: who wrote it?", error)
    return found


def _result(stream_id: bytes, fields: dict[str, Any]) -> Result:
    return Result(
        message_id=fields["message"],
        outcome=fields["outcome"],
        reason=fields["reason"],
        detail=fields["detail"],
        account=Lane.parse(fields["message"].partition("@")[0]).account,
        operation=fields["operation"],
        contact=fields["contact"],
        idempotency_key=fields["key"] or None,
        at=int(stream_id.partition(b"-")[0]),
        number=int(fields["number"]),
    )
