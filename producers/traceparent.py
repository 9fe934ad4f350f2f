"""The place in a sampled trace that a message carries, as W3C's `traceparent` spells it. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

#: The beginning of the line that a message's history holds of its trace: always the first one.
TRACED = "trace "
_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01")


class TraceParent(NamedTuple):
    """A span of a sampled trace; of others nobody keeps anything."""

    #: 32 and 16 hexadecimal digits.
    trace_id: str
    span_id: str

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-01"

    @property
    def line(self) -> str:
        """The line in a message's history."""
        return f"{TRACED}{self}"

    @classmethod
    def parse(cls, text: str) -> TraceParent | None:
        """The span that such a text, or such a line of a history, names; None: it is none."""
        match = _FORM.fullmatch(text.removeprefix(TRACED))
        return cls(match[1], match[2]) if match else None
