"""The last requests of an account and their answers, kept for people: masked as they are written.

A row shows the shape of a request and of its answer, never a value of them, and the API's words as
the journal has them. Only rows that are stored are made: a request that is sent costs a reference.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from batchline.systems.addresses import MASK, without_secrets
from batchline.systems.columns import messages
from batchline.systems.requests import HttpAnswer, HttpCall, Request
from batchline.systems.scrub import Scrubber
from batchline.systems.verdicts import (
    CredentialsRefused,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
    Verified,
)
from batchline.worker.store.batch import Batch

log = logging.getLogger(__name__)

#: Characters that are kept of a request's body, of an answer's, of the API's words.
LONGEST_BODY, LONGEST_ANSWER, LONGEST_WORDS = 1_000, 500, 500
#: Different texts of one answer that are kept.
MOST_TEXTS = 3
#: A piece of JSON: a text, which may break off; what is no text; what stands between them.
_PIECE = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*(?:"|\\?\Z))(?P<colon>\s*:)?|(?P<word>[^\s{}\[\],:"]+)|(?P<mark>.)',
    re.DOTALL,
)
#: Words of JSON that say nothing of anybody.
_PLAIN = ("true", "false", "null")
#: The name of a field. Any other key is a value.
_NAME = re.compile(r'"[A-Za-z_][A-Za-z_.-]{0,39}"')


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that was sent, and what came of it."""

    request: Request
    call: HttpCall
    #: "200", "timeout", "broken".
    status: str
    outcome: Outcome
    #: None: there was none that could be read.
    answer: HttpAnswer | None
    #: By `time.monotonic`.
    began: float
    seconds: float


class Kept:
    """The requests of one batch that will be kept: the last `most`. Threads may add to it."""

    def __init__(self, most: int) -> None:
        #: How many the account keeps.
        self.most = most
        self._sent: deque[Sent] = deque(maxlen=most)

    def add(self, sent: Sent) -> None:
        """Note a request."""
        self._sent.append(sent)

    def rows(self, batch: Batch, attempt: int, secrets: Sequence[str]) -> list[bytes]:
        """The rows to store, oldest first; `secrets`: the account's.

        A row that cannot be made is left out: the messages that were sent are to be settled.
        """
        now, scrubber, rows = time.monotonic(), _scrubber(tuple(secrets)), []
        for one in sorted(self._sent, key=lambda one: one.began):
            try:
                row = json.dumps(_row(one, batch, attempt, now, scrubber), ensure_ascii=False)
            except Exception as error:
                log.warning("a request of %s is not kept: %s", batch.lane, type(error).__name__)
            else:
                rows.append(row.encode(errors="replace"))
        return rows


@lru_cache(maxsize=64)
def _scrubber(secrets: tuple[str, ...]) -> Scrubber:
    return Scrubber(secrets)


def _row(one: Sent, batch: Batch, attempt: int, now: float, scrubber: Scrubber) -> dict[str, Any]:
    indexes = list(messages(one.request.items))
    answer = one.answer
    return {
        "ago": round((now - one.began) * 1000),
        "lane": str(batch.lane),
        "operation": one.request.operation,
        "method": one.call.method,
        "path": path_of(one.request),
        "status": one.status,
        "ms": round(one.seconds * 1000),
        "items": len(one.request.items),
        "messages": len(indexes),
        "bytes": len(one.call.body),
        "verdict": verdict_of(one.outcome),
        "words": words_of(one.outcome, scrubber),
        "first": batch.message_id(min(indexes)) if indexes else "",
        "last": batch.message_id(max(indexes)) if indexes else "",
        "attempt": attempt,
        "body": shape(one.call.body, LONGEST_BODY),
        "answer": "" if answer is None else shape(answer.body, LONGEST_ANSWER),
    }


def path_of(request: Request) -> str:
    """The endpoint's path with the names of its parameters: their values may be persons."""
    return without_secrets(request.endpoint.path) or "/"


def verdict_of(outcome: Outcome) -> str:
    """What came of a request: taken, refused, failed, throttled, credentials."""
    match outcome:
        case Judged() | Verified():
            return "taken"
        case DestinationFailed(throttled=True):
            return "throttled"
        case DestinationFailed():
            return "failed"
        case CredentialsRefused():
            return "credentials"
    return "refused"


def words_of(outcome: Outcome, scrubber: Scrubber) -> str:
    """The API's words in an outcome that `api_text` has cleaned, with long numbers masked too."""
    texts = list(dict.fromkeys(filter(None, _texts(outcome))))
    more = f"; and {len(texts) - MOST_TEXTS:,} more texts" if len(texts) > MOST_TEXTS else ""
    return scrubber.text("; ".join(texts[:MOST_TEXTS]))[:LONGEST_WORDS] + more


def _texts(outcome: Outcome) -> Iterator[str]:
    match outcome:
        case Judged(exceptions=exceptions, miscount=miscount):
            yield miscount
            yield from (getattr(verdict, "detail", "") for verdict in exceptions.values())
        case Verified(verdicts, unknown, unshown):
            yield from (getattr(verdict, "detail", "") for verdict in verdicts.values())
            yield from (*unknown.values(), *unshown.values())
        case Refused(detail) | DestinationFailed(detail) | CredentialsRefused(detail):
            yield detail


def shape(body: bytes, longest: int) -> str:
    """The beginning of a JSON text with every value in it masked; other texts as their size."""
    if not body:
        return ""
    if body.lstrip()[:1] not in (b"{", b"["):
        return f"{len(body):,} bytes that are no JSON"
    cut = len(body) > longest
    text = body[:longest].decode(errors="replace")
    shown = "".join(_masked(match) for match in _PIECE.finditer(text))
    return f"{shown[:longest]} … of {len(body):,} bytes" if cut else shown[:longest]


def _masked(match: re.Match[str]) -> str:
    text, word = match["text"], match["word"]
    if text is not None:
        colon = match["colon"] or ""
        is_name = bool(colon) and _NAME.fullmatch(text) is not None
        return (text if is_name or text == '""' else f'"{MASK}"') + colon
    if word is not None:
        return word if word in _PLAIN else MASK
    return match["mark"]
