"""The cases that a system brings to the conformance suite."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from batchline.systems.contract import SystemSpec

#: The meaning of an answer for the request's first item. About the item: it is `delivered`; its
#: contact is `missing`; it alone is rejected (`dead`); the API does not say whether it took it
#: (`ambiguous item`). About the request: it is `refused` as a whole; without a usable answer it was
#: certainly not taken (`failed`), or may have been (`ambiguous`); the credentials are refused
#: (`account`).
Meaning = Literal[
    "delivered",
    "missing",
    "dead",
    "ambiguous item",
    "refused",
    "blocked",
    "failed",
    "ambiguous",
    "account",
]


@dataclass(frozen=True)
class Answer:
    """One answer of the API, and its meaning."""

    #: The page that documents the answer, or who has seen it; it is the test's name.
    source: str
    meaning: Meaning
    #: The body, as a JSON value or as bytes.
    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    #: A text that the verdict's detail must contain.
    detail: str = ""
    #: The id of the job that the outcome must have, and the API's own id of the item.
    job: str | None = None
    api_id: str | None = None


@dataclass(frozen=True)
class Case:
    """The case of one operation."""

    operation: str
    #: The fields of a valid message, as in `data` of `batchline enqueue`.
    data: Mapping[str, Any]
    #: Number of messages (by `many`) -> number of their requests.
    calls: Mapping[int, int]
    #: The messages that make the sample request in the documents.
    sample: Sequence[Mapping[str, Any]]
    #: Answers to a request with the message `data`.
    answers: Sequence[Answer]
    #: Changes of `data` that are refused (None removes a field), with a part of the error: the
    #: field and the limit.
    refused: Sequence[tuple[Mapping[str, Any], str]] = ()
    #: Dotted path of a field in `data` -> its value, which makes message n different: {n} in a text
    #: stands for n, and a number is increased by n.
    varied: Mapping[str, Any] = field(default_factory=dict)

    def many(self, count: int) -> list[dict[str, Any]]:
        """The data of `count` different messages, which one batch of the API can hold."""
        return [self._numbered(n) for n in range(count)]

    def _numbered(self, number: int) -> dict[str, Any]:
        data = changed(self.data, {})
        for path, value in self.varied.items():
            part: Any = data
            *parents, last = path.split(".")
            for name in parents:
                part = part[int(name)] if isinstance(part, list) else part[name]
            filled = value.replace("{n}", str(number)) if isinstance(value, str) else value + number
            part[int(last) if isinstance(part, list) else last] = filled
        return data


@dataclass(frozen=True)
class SystemCases:
    """A system, and its cases."""

    system: SystemSpec
    #: The account's section of the settings; every secret in it must begin with "SECRET".
    account: Mapping[str, Any]
    cases: Sequence[Case]
    #: Answers that any operation of the system may get.
    answers: Sequence[Answer] = ()


def changed(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy with changed top-level fields; None removes a field."""
    fields = {**copy.deepcopy(dict(data)), **copy.deepcopy(dict(changes))}
    return {name: value for name, value in fields.items() if value is not None}
