"""Faults on demand, and the decision which faults hit a request. Pure, but for its counts."""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from batchline.sandbox.contract import Item

#: Faults that let the exchange go on; every other kind ends it.
PASSING_KINDS = frozenset({"latency", "reject_items"})
#: Kind -> its effect on the answer.
KINDS = {
    "status": "an HTTP status, with Retry-After and a body if given",
    "latency": "wait `seconds` first",
    "hang": "no answer, until the client goes or for `seconds`",
    "reset": "the connection is reset (TCP RST), no answer",
    "half": "the headers of the whole answer, half its body, then the connection ends",
    "reject": "the API's refusal of the whole request",
    "words": "such a refusal with hostile words: half a surrogate pair, control characters, a text "
    "of `bytes` characters if given; or `body`",
    "reject_items": "the API's refusal of some items, `probability` of each; always the same ones",
    "html": "an HTML page where JSON is due",
    "truncated": "JSON cut in two, as a complete HTTP response",
    "huge": "a JSON answer of `bytes` bytes",
}
#: Fields that `match` may have.
MATCH_FIELDS = ("path", "client_id", "operation", "contains")
#: Seconds of a latency without `seconds`.
DEFAULT_LATENCY = 1.0
#: A request's body: within `Fault`, `bytes` is a field.
Body = bytes
#: Bytes of a huge answer without `bytes`.
DEFAULT_HUGE = 10_000_000
#: What `words` says: halves of emoji, and control characters, of terminals and of directions too.
HOSTILE = "caf\xe9 \ud83d, \ude00 \x00\x07\x1b[31mred\x1b[0m\r\n\x85\u202egnorw\u2028 end \ud83d"


class FaultError(ValueError):
    """A fault is wrong; the message names the field."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, with the fields of `POST /_sandbox/faults`; there `match` holds `MATCH_FIELDS`."""

    #: One of `KINDS`.
    kind: str
    #: The requests that it hits: path and operation are patterns with `*`; None matches any.
    path: str | None = None
    client_id: str | None = None
    operation: str | None = None
    #: A text that the request's body holds, as it was sent; None matches any.
    contains: str | None = None
    status: int | None = None
    retry_after: str | None = None
    #: The body of `status` and `html`, in place of the usual one.
    body: str | None = None
    #: Seconds that it lasts. None: `DEFAULT_LATENCY` for a latency, without end for a hang.
    seconds: float | None = None
    #: None: `DEFAULT_HUGE` for a huge answer, no filling for `words`.
    bytes: int | None = None
    #: How many requests it hits. None: all until it is cleared.
    times: int | None = None
    probability: float = 1.0
    seed: int | None = None
    #: Whether the request takes effect before the fault hits the answer. Otherwise it has no
    #: effect, and a fault that spoils an answer (half, truncated) spoils a refusal.
    after_apply: bool = False
    #: Whether it stands before the API, as a gateway does: it hits scripted items as well.
    ahead: bool = False

    @classmethod
    def from_json(cls, data: object) -> Fault:
        """The fault of a control request. Raises FaultError."""
        if not isinstance(data, Mapping):
            raise FaultError("a fault is a JSON object")
        match = data.get("match") or {}
        if not isinstance(match, Mapping) or set(match) - set(MATCH_FIELDS):
            raise FaultError(f"match: an object with {', '.join(MATCH_FIELDS)}")
        rest = {name: value for name, value in data.items() if name != "match"}
        outside = set(rest) & set(MATCH_FIELDS)
        if outside:
            raise FaultError(f"{min(outside)}: belongs into match")
        values = {"kind": None, **match, **rest}
        for name, value in values.items():
            problem = _problem(name, value)
            if problem:
                raise FaultError(f"{name}: {problem}")
        return cls(**{name: value for name, value in values.items() if value is not None})

    @property
    def ends_exchange(self) -> bool:
        """Whether the fault gives the answer."""
        return self.kind not in PASSING_KINDS

    def matches(self, path: str, client_id: str, operation: str, body: Body = b"") -> bool:
        """Whether the fault may hit such a request."""
        return (
            (self.path is None or fnmatchcase(path, self.path))
            and (self.client_id is None or client_id == self.client_id)
            and (self.operation is None or fnmatchcase(operation, self.operation))
            and (self.contains is None or self.contains.encode(errors="replace") in body)
        )

    @property
    def words(self) -> str:
        """What the API says when it refuses because of this fault."""
        if self.kind != "words":
            return "refused by a fault"
        said = HOSTILE if self.body is None else self.body
        return said + "x" * max(0, (self.bytes or 0) - len(said))

    def rejects(self, item: Item) -> bool:
        """Whether `reject_items` refuses this item: it depends on item and seed alone."""
        name = f"{self.seed}:{item.id or item.key}".encode(errors="replace")
        return zlib.crc32(name) / 2**32 < self.probability


_TEXTS = (*MATCH_FIELDS, "retry_after", "body")
_NUMBERS: dict[str, tuple[float, float]] = {"seconds": (0, float("inf")), "probability": (0, 1)}
_WHOLE_NUMBERS = {
    "status": (200, 599),
    "times": (1, 10**9),
    "bytes": (100, 10**9),
    "seed": (-(2**63), 2**63),
}


def _problem(name: str, value: Any) -> str | None:
    """The error in a field of a fault, or None; the value None is "not given"."""
    if name == "kind":
        return None if isinstance(value, str) and value in KINDS else f"one of {', '.join(KINDS)}"
    if value is None:
        return None
    if name in _TEXTS:
        return None if isinstance(value, str) else "must be text"
    if name in ("after_apply", "ahead"):
        return None if isinstance(value, bool) else "must be true or false"
    if name in _NUMBERS:
        least, largest = _NUMBERS[name]
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        return None if fits and least <= value <= largest else f"a number, {least} to {largest}"
    if name in _WHOLE_NUMBERS:
        first, last = _WHOLE_NUMBERS[name]
        fits = isinstance(value, int) and not isinstance(value, bool)
        return None if fits and first <= value <= last else f"a whole number, {first} to {last}"
    known = (*_NUMBERS, *_WHOLE_NUMBERS, "retry_after", "body", "after_apply", "ahead")
    return f"unknown field; known are match, kind, {', '.join(known)}"


@dataclass(frozen=True, slots=True)
class Hits:
    """The faults' effect on one request."""

    #: Seconds to wait before the request takes effect, and after.
    before: float = 0.0
    after: float = 0.0
    #: Indexes of the items that are refused.
    rejected: frozenset[int] = frozenset()
    #: The fault that gives the answer; None: the API answers.
    ending: Fault | None = None
    #: Index of the item whose script gave the fault.
    index: int | None = None
    kinds: tuple[str, ...] = ()


class ActiveFault:
    """A fault in force, with its count and its random numbers."""

    def __init__(self, number: int, fault: Fault) -> None:
        self.number = number
        self.fault = fault
        self.hits = 0
        self._random = random.Random(fault.seed)  # noqa: S311

    @property
    def is_spent(self) -> bool:
        """Whether the fault has hit as many requests as it may."""
        return self.fault.times is not None and self.hits >= self.fault.times

    def draw(self, items: Sequence[Item]) -> frozenset[int] | None:
        """The indexes of the items that it refuses; None: it does not hit this request."""
        if self.fault.kind == "reject_items":
            chosen = frozenset(i for i, item in enumerate(items) if self.fault.rejects(item))
            return chosen or None
        spared = self.fault.probability < 1 and self._random.random() >= self.fault.probability
        return None if spared else frozenset()


class Faults:
    """The faults in force, in the order in which they were added."""

    def __init__(self) -> None:
        self.active: list[ActiveFault] = []
        #: Kind -> how many requests it has hit so far, scripts included.
        self.injected: Counter[str] = Counter()
        self._added = 0

    def add(self, fault: Fault) -> int:
        """Add a fault; returns the number by which it can be removed."""
        self._added += 1
        self.active.append(ActiveFault(self._added, fault))
        return self._added

    def remove(self, number: int | None = None) -> None:
        """Remove one fault, or all."""
        self.active = [a for a in self.active if number is not None and a.number != number]

    def decide(
        self,
        path: str,
        client_id: str,
        operation: str,
        items: Sequence[Item],
        script: tuple[Fault, int] | None = None,
        body: bytes = b"",
    ) -> Hits:
        """The hits on this request: of the script's answer if there is one, else of the faults.

        Matching faults hit in order, up to the first that ends the exchange; latencies add up.
        Those that stand ahead of the API hit first, and leave the rest to script and faults.
        """
        if script is None and not self.active:
            return Hits()
        candidates = [a for a in self.active if a.fault.matches(path, client_id, operation, body)]
        drawn, rejected = self._draw([one for one in candidates if one.fault.ahead], items)
        index = None
        if not any(fault.ends_exchange for fault in drawn):
            if script is not None:
                drawn.append(script[0])
                index = script[1]
            else:
                more, others = self._draw([one for one in candidates if not one.fault.ahead], items)
                drawn, rejected = drawn + more, rejected | others
        self.active = [active for active in self.active if not active.is_spent]
        return self._hits(drawn, rejected, index)

    def _draw(
        self, candidates: Sequence[ActiveFault], items: Sequence[Item]
    ) -> tuple[list[Fault], frozenset[int]]:
        """The faults that hit, up to the first that ends the exchange, and whom they reject."""
        drawn: list[Fault] = []
        rejected: frozenset[int] = frozenset()
        for active in candidates:
            chosen = active.draw(items)
            if chosen is None:
                continue
            active.hits += 1
            drawn.append(active.fault)
            rejected |= chosen
            if active.fault.ends_exchange:
                break
        return drawn, rejected

    def _hits(self, drawn: Sequence[Fault], rejected: frozenset[int], index: int | None) -> Hits:
        """Count the faults; the hits that they make."""
        kinds = tuple(fault.kind for fault in drawn)
        self.injected.update(kinds)
        waits = [fault for fault in drawn if fault.kind == "latency"]
        return Hits(
            before=sum(_latency(fault) for fault in waits if not fault.after_apply),
            after=sum(_latency(fault) for fault in waits if fault.after_apply),
            rejected=rejected,
            ending=next((fault for fault in drawn if fault.ends_exchange), None),
            index=index,
            kinds=kinds,
        )


def _latency(fault: Fault) -> float:
    return DEFAULT_LATENCY if fault.seconds is None else fault.seconds
