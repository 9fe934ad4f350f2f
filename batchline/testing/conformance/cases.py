"""What a system brings to the conformance suite."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from batchline.systems.contract import SystemSpec

#: What an answer means for the request's first item.
#: delivered; missing: its contact; dead: given up on by itself; ambiguous item: the API does not
#: say whether it took this one. refused: the request as a whole; failed: no usable answer, and
#: certainly not taken; ambiguous: no usable answer, and perhaps taken; account: the credentials.
Meaning = Literal[
    "delivered", "missing", "dead", "ambiguous item", "refused", "failed", "ambiguous", "account"
]


@dataclass(frozen=True)
class Said:
    """One answer of the API, and what it means."""

    #: Where it is documented or was seen; the test's name.
    source: str
    meaning: Meaning
    #: JSON value, or the very bytes.
    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Text that the verdict's detail must hold.
    detail: str = ""
    #: The job, or the API's own id, that it must bring.
    job: str | None = None
    api_id: str | None = None


@dataclass(frozen=True)
class Case:
    """One operation."""

    operation: str
    #: A valid message, as `batchline enqueue` takes it in `data`.
    data: Mapping[str, Any]
    #: Number of messages (those of `many`) -> number of requests that they become.
    calls: Mapping[int, int]
    #: Messages that the document's own sample request stands for.
    sample: Sequence[Mapping[str, Any]]
    #: Answers to a request with `data`.
    answers: Sequence[Said]
    #: Changes to `data` (None takes a field away) that are refused, and text of the error: the
    #: field and the limit.
    refused: Sequence[tuple[Mapping[str, Any], str]] = ()
    #: Fields of `data` that make messages different, dotted, with {n} for a number.
    varied: Mapping[str, Any] = field(default_factory=dict)

    def many(self, count: int) -> list[dict[str, Any]]:
        """So many different messages that the API can take together, if it takes any."""
        return [self._numbered(n) for n in range(count)]

    def _numbered(self, number: int) -> dict[str, Any]:
        data = changed(self.data, {})
        for path, value in self.varied.items():
            at: Any = data
            *way, last = path.split(".")
            for name in way:
                at = at[int(name)] if isinstance(at, list) else at[name]
            filled = value.replace("{n}", str(number)) if isinstance(value, str) else value + number
            at[int(last) if isinstance(at, list) else last] = filled
        return data


@dataclass(frozen=True)
class SystemCases:
    """One system."""

    system: SystemSpec
    #: Its section of the settings; every secret in it must begin with "SECRET".
    account: Mapping[str, Any]
    cases: Sequence[Case]
    #: Answers that any of its operations may get.
    answers: Sequence[Said] = ()


def changed(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy with top-level fields replaced, or taken away by None."""
    fields = {**copy.deepcopy(dict(data)), **copy.deepcopy(dict(changes))}
    return {name: value for name, value in fields.items() if value is not None}
