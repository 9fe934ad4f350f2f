"""The escapes of JSON, HTML and addresses in a text, and how a value with escapes may be read."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")
_PERCENTS = re.compile(r"(?:%[0-9a-fA-F]{2})+")
#: What an escape begins with, or an address that may hold a password.
_ESCAPED = re.compile(r"[&%\\]|://")
#: What stands before the last @ of an address: a password may hold any other character.
_CREDENTIALS = re.compile(r"([^?#\s]*)@")
#: Times that a value is unescaped step by step: shops escape what was escaped before.
ROUNDS = 2
#: Times that a text is unescaped at most: the API, and what stands before it, may escape once more.
MOST_ROUNDS = 5


def unescaped(text: str) -> str:
    """The text with the escapes of JSON, HTML and addresses undone, so that values are found.

    What is escaped several times is unescaped as often.
    """
    for _ in range(MOST_ROUNDS):
        before, text = text, _without_entities(_without_percents(_without_unicode(text)))
        if text == before:
            break
    return text


def is_escaped(value: str) -> bool:
    """Whether the value may have other readings, or parts that are secrets."""
    return _ESCAPED.search(value) is not None


def readings(value: str) -> set[str]:
    """The value, and the user name and the password in it, with any of their escapes undone."""
    found = new = {value, *_credentials(value)}
    for _ in range(ROUNDS):
        new = {one for text in new for one in _steps(text)} - found
        found = found | new
    # As a text is read that holds one of them in JSON or as it is.
    return found | {unescaped(one) for text in found for one in (text, json.dumps(text)[1:-1])}


def _steps(text: str) -> Iterator[str]:
    yield _without_entities(text)
    yield _without_percents(text)
    yield _without_unicode(text)
    if "%" in text:
        yield _without_percents(text.replace("+", " "))


def _credentials(value: str) -> Iterator[str]:
    """User name and password, together and each by itself, of the addresses in the value."""
    for behind in value.split("://")[1:]:
        if match := _CREDENTIALS.match(behind):
            user, _, password = match[1].partition(":")
            yield from (match[1], user, password)


def _without_unicode(text: str) -> str:
    return _UNICODE.sub(lambda match: chr(int(match[1], 16)), text)


def _without_percents(text: str) -> str:
    return _PERCENTS.sub(_from_percents, text)


def _without_entities(text: str) -> str:
    return html.unescape(text)


def _from_percents(match: re.Match[str]) -> str:
    try:
        return bytes.fromhex(match[0].replace("%", "")).decode()
    except ValueError:
        return match[0]
