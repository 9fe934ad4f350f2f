"""A draft of a system's message, and the setters that put values into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from batchline.systems.mapping import forms

Form = Callable[[Any], Any]
#: The location of a value in the message, under the API's own names; in a list by index.
Location = tuple[str | int, ...]


class Draft:
    """A message under the API's own names, and the field that each part of it came from."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        #: The field whose value is set now; it becomes the source of each part that is set.
        self.field = ""
        self._sources: dict[Location, str] = {}

    def set(self, path: Sequence[str], value: Any) -> None:
        """Set the value at this path."""
        self._inner(path[:-1])[path[-1]] = value
        self._sources[tuple(path)] = self.field

    def append(self, path: Sequence[str], value: Any) -> None:
        """Append the value to the list at this path."""
        elements: list[Any] = self._inner(path[:-1]).setdefault(path[-1], [])
        self._sources[*path, len(elements)] = self.field
        elements.append(value)

    def join(self, path: Sequence[str], value: str) -> None:
        """Append the text to the one at this path, with a blank between."""
        inner = self._inner(path[:-1])
        inner[path[-1]] = " ".join(filter(None, (inner.get(path[-1]), value)))
        self._sources[tuple(path)] = self.field

    def source(self, location: Location) -> str | None:
        """The field that the part at this location came from; None when it came from none."""
        while location:
            if location in self._sources:
                return self._sources[location]
            location = location[:-1]
        return None

    def _inner(self, path: Sequence[str]) -> dict[str, Any]:
        inner = self.data
        for name in path:
            inner = inner.setdefault(name, {})
        return inner


#: Puts a value into the draft; from draft, the target's argument and value.
Setter = Callable[[Draft, str, Any], None]


def at(*path: str, form: Form = forms.text) -> Setter:
    """A setter of the field at this path; `{}` in the path stands for the argument."""

    def put(draft: Draft, argument: str, value: Any) -> None:
        draft.set([part.replace("{}", argument) for part in path], form(value))

    return put


def joined(*path: str) -> Setter:
    """A setter of the text at this path, which joins the texts of several fields."""

    def put(draft: Draft, argument: str, value: Any) -> None:
        draft.join(path, forms.text(value))

    return put


def among(*path: str) -> Setter:
    """A setter that appends texts to the list at this path."""

    def put(draft: Draft, argument: str, value: Any) -> None:
        for one in forms.texts(value):
            draft.append(path, one)

    return put


def element(
    *path: str, key: str, under: str = "value", form: Form = forms.text, **more: str
) -> Setter:
    """A setter that appends an object to the list at this path.

    The object has the argument under `key`, the value under `under`, and `more`.
    """

    def put(draft: Draft, argument: str, value: Any) -> None:
        draft.append(path, {key: argument, under: form(value), **more})

    return put


def opposing(yes: str, no: str) -> Setter:
    """A setter of one of two opposing flags: `yes` for True, `no` for False."""

    def put(draft: Draft, argument: str, value: Any) -> None:
        draft.set([yes if forms.flag(value) else no], True)

    return put
