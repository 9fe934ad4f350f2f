"""One language for filters: `reason=rejected account=default text="bad e-mail" since=2h`.

A filter is a frozen dataclass whose fields are None where they ask for nothing. A language is its
table of conditions; from it come the text, the query of an address, and the options of a command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from batchline.systems.errors import BatchlineError

F = TypeVar("F")

#: A condition: a name, =, and a value, in double quotes where it holds blanks.
_CONDITION = re.compile(r'([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|$)', re.DOTALL)
#: A value that stands without quotes.
_PLAIN = re.compile(r'[^\s"\\]+')
#: What is never shown to those who may not see persons.
HIDDEN = "***"


class BadFilter(BatchlineError):
    """A filter cannot be read; the message names the condition, what it takes, and what is near."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a language; `name` is that of the dataclass' field."""

    name: str
    help: str
    #: From a text to the field's value; raises ValueError with what it must be.
    read: Callable[[str], Any] = str
    #: From the value to a text that `read` reads as the same.
    write: Callable[[Any], str] = str
    #: The values that there are; () where any will do.
    choices: Callable[[], Sequence[str]] = tuple
    #: Whether several stand there with commas between them; the field is a tuple then.
    many: bool = False
    #: Whether it may hold what identifies a person.
    personal: bool = False


class Language(Generic[F]):
    """Reads and writes the filters of one dataclass."""

    def __init__(self, make: Callable[..., F], conditions: Iterable[Condition]) -> None:
        self._make = make
        self.conditions = {one.name: one for one in conditions}

    def parse(self, text: str) -> F:
        """The filter of a text; raises BadFilter."""
        return self.from_pairs(_pairs(text))

    def format(self, wanted: F, hides: bool = False) -> str:
        """The text of a filter, "" for one that asks for nothing; `hides`: without persons."""
        pairs = self.to_pairs(wanted)
        return " ".join(f"{name}={self._shown(name, value, hides)}" for name, value in pairs)

    def from_pairs(self, pairs: Iterable[tuple[str, str]]) -> F:
        """The filter of conditions by their names; raises BadFilter."""
        values: dict[str, Any] = {}
        for name, text in pairs:
            if name in values:
                raise BadFilter(f"{name}= stands there twice: one condition of a name")
            values[name] = self.value(name, text)
        return self._make(**values)

    def value(self, name: str, text: str) -> Any:
        """The value of one condition; raises BadFilter."""
        return self._read(self._condition(name), text)

    def to_pairs(self, wanted: F) -> list[tuple[str, str]]:
        """The conditions of a filter, in the order of the table."""
        found = []
        for one in self.conditions.values():
            value = getattr(wanted, one.name)
            if value is not None:
                found.append((one.name, _join(one, value)))
        return found

    def from_query(self, query: Mapping[str, Sequence[str]]) -> F:
        """The filter in the query of an address; what is no condition, or is empty, is left."""
        pairs = [
            (name, text) for name in self.conditions for text in query.get(name, ()) if text.strip()
        ]
        return self.from_pairs(pairs)

    def to_query(self, wanted: F) -> str:
        """The filter as the query of an address, without the question mark."""
        return urlencode(self.to_pairs(wanted))

    def _condition(self, name: str) -> Condition:
        if name not in self.conditions:
            near = _did_you_mean(name, list(self.conditions))
            known = ", ".join(self.conditions)
            raise BadFilter(f"{name}: there is no such condition{near} (known: {known})")
        return self.conditions[name]

    def _read(self, one: Condition, text: str) -> Any:
        if not text.strip():
            raise BadFilter(f"{one.name}: must not be empty")
        texts = text.split(",") if one.many else [text]
        values = [self._read_one(one, part) for part in texts]
        return tuple(dict.fromkeys(values)) if one.many else values[0]

    def _read_one(self, one: Condition, text: str) -> Any:
        choices = one.choices()
        if choices and text not in choices:
            near = _did_you_mean(text, choices)
            listed = f" (known: {', '.join(choices)})" if len(choices) <= 20 else ""
            raise BadFilter(f"{one.name}: {text!r} is none{near}{listed}")
        try:
            return one.read(text)
        except ValueError as error:
            raise BadFilter(f"{one.name}: {text!r} {error}") from None

    def _shown(self, name: str, value: str, hides: bool) -> str:
        return HIDDEN if hides and self.conditions[name].personal else _quoted(value)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while rest := text[at:].lstrip():
        at = len(text) - len(rest)
        match = _CONDITION.match(text, at)
        if match is None:
            word = rest.split()[0]
            raise BadFilter(_no_condition(word))
        yield match[1], _unquoted(match[2])
        at = match.end()


def _no_condition(word: str) -> str:
    if '"' in word:
        return f"{word}: a quote that does not end, or stands in the middle of a value"
    if "=" not in word:
        return f'{word!r} is no condition such as reason=rejected; a text is text="{word}"'
    return f"{word!r} is no condition such as reason=rejected"


def _join(one: Condition, value: Any) -> str:
    return ",".join(map(one.write, value)) if one.many else one.write(value)


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""
