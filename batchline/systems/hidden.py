"""Texts that nobody may be shown, found in other texts and masked, whatever their case."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from urllib.parse import quote, quote_plus

from batchline.systems.addresses import MASK

#: Characters from which on a text is masked: a shorter one is part of ordinary words.
SHORTEST = 4
#: Characters from which on the beginning of a secret is masked as well, wherever it stands, and
#: from which on an id may not hold a secret.
LONG = 8
#: Characters from which on a text may have been cut by the API without a sign of it.
MAYBE_CUT = 60

_CUT = re.compile("…|\\.\\.|\ufffd")


def masked(text: str, values: Iterable[str]) -> str:
    """The text with every occurrence of these values masked."""
    folded = _Folded(text)
    return folded.masked(span for value in values for span in folded.spans(value))


def without_secrets(text: str, spellings: Sequence[str]) -> str:
    """The text without the secrets that are spelled so, nor a long beginning of one.

    Where a text is cut, a shorter beginning is masked too.
    """
    folded = _Folded(text)
    return folded.masked(span for one in spellings for span in folded.beginnings(one))


def holds(text: str, spellings: Sequence[str]) -> bool:
    """Whether the text holds a secret that is spelled so; a short one may be part of any id."""
    folded = text.casefold()
    return any(len(one) >= LONG and one.casefold() in folded for one in spellings)


def spellings(secret: str) -> set[str]:
    """The secret as JSON, an address, a page or Python spells it, and its base64 so too."""
    in_base64 = (one for one in _in_base64(secret.encode()) if len(one) >= LONG)
    return {
        spelled
        for text in (secret, *in_base64)
        for spelled in _spelled(text)
        if len(spelled) >= SHORTEST
    }


def _spelled(text: str) -> Iterator[str]:
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield json.dumps(text)[1:-1].replace("/", "\\/")
    yield repr(text)[1:-1]
    yield html.escape(text)
    yield quote(text)
    yield quote(text, safe="")
    yield quote_plus(text)


def _in_base64(secret: bytes) -> Iterator[str]:
    """What base64 makes of the secret behind any other bytes, such as a user name and a colon."""
    for before in range(3):
        encoded = b64encode(bytes(before) + secret).decode()
        bits = 8 * (before + len(secret))
        yield encoded[(0, 2, 3)[before] : bits // 6]


class _Folded:
    """A text that is searched without regard to case, which may change its length."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._folded = text.casefold()

    @cached_property
    def _at(self) -> list[int]:
        """Index in the folded text -> index in the text."""
        return [index for index, one in enumerate(self._text) for _ in one.casefold()]

    def spans(self, value: str) -> Iterator[tuple[int, int]]:
        """Where the value stands."""
        value = value.casefold()
        for start in self._found(value):
            yield self._span(start, len(value))

    def beginnings(self, secret: str) -> Iterator[tuple[int, int]]:
        """Where the secret stands, or a beginning of it that is long or was cut."""
        secret = secret.casefold()
        for start in self._found(secret[:LONG]):
            length = min(LONG, len(secret))
            while self._folded[start : start + length + 1] == secret[: length + 1]:
                if length == len(secret):
                    break
                length += 1
            yield self._span(start, length)
        for end in self._cuts():
            for length in range(min(LONG, len(secret)) - 1, SHORTEST - 1, -1):
                if self._folded.endswith(secret[:length], 0, end):
                    yield self._span(end - length, length)
                    break

    def masked(self, spans: Iterable[tuple[int, int]]) -> str:
        """The text with these spans masked; spans that overlap become one."""
        pieces, position = [], 0
        for start, end in sorted(spans):
            if start >= position:
                pieces += [self._text[position:start], MASK]
            position = max(position, end)
        return "".join([*pieces, self._text[position:]])

    def _found(self, value: str) -> Iterator[int]:
        start = self._folded.find(value) if value else -1
        while start >= 0:
            yield start
            start = self._folded.find(value, start + 1)

    def _span(self, start: int, length: int) -> tuple[int, int]:
        return self._at[start], self._at[start + length - 1] + 1

    def _cuts(self) -> list[int]:
        ends = [match.start() for match in _CUT.finditer(self._folded)]
        return [*ends, len(self._folded)] if len(self._folded) >= MAYBE_CUT else ends
