"""A system's message while it comes together, field by field, and the ways to put a value there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from batchline.systems.mapping import forms

Form = Callable[[Any], Any]
#: A place in the message, under the API's own names; in a list by number.
Path = tuple[str | int, ...]


class Draft:
    """The item under the API's own names, and which field each part of it came from."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        #: The field whose value is being put in.
        self.field = ""
        self._sources: dict[Path, str] = {}

    def set(self, path: Sequence[str], value: Any) -> None:
        self._inner(path[:-1])[path[-1]] = value
        self._sources[tuple(path)] = self.field

    def append(self, path: Sequence[str], value: Any) -> None:
        elements: list[Any] = self._inner(path[:-1]).setdefault(path[-1], [])
        self._sources[*path, len(elements)] = self.field
        elements.append(value)

    def join(self, path: Sequence[str], value: str) -> None:
        """Behind the texts that are there, with a blank between."""
        inner = self._inner(path[:-1])
        inner[path[-1]] = " ".join(filter(None, (inner.get(path[-1]), value)))
        self._sources[tuple(path)] = self.field

    def source(self, path: Path) -> str | None:
        """The field that a part came from; None when it came from none."""
        while path:
            if path in self._sources:
                return self._sources[path]
            path = path[:-1]
        return None

    def _inner(self, path: Sequence[str]) -> dict[str, Any]:
        inner = self.data
        for name in path:
            inner = inner.setdefault(name, {})
        return inner


#: Puts a value into the draft; takes the target's argument, the value.
Setter = Callable[[Draft, str, Any], None]


def at(*path: str, form: Form = forms.text) -> Setter:
    """The field at this place; `{}` in it is the argument."""

    def put(draft: Draft, argument: str, value: Any) -> None:
        draft.set([part.replace("{}", argument) for part in path], form(value))

    return put


def joined(*path: str) -> Setter:
    """The text at this place, made of the texts of several fields."""

    def put(draft: Draft, argument: str, value: Any) -> None:
        draft.join(path, forms.text(value))

    return put


def among(*path: str) -> Setter:
    """The list of texts at this place."""

    def put(draft: Draft, argument: str, value: Any) -> None:
        for one in forms.texts(value):
            draft.append(path, one)

    return put


def element(
    *path: str, key: str, under: str = "value", form: Form = forms.text, **more: str
) -> Setter:
    """An object in the list at this place: the argument is `key`, the value is under `under`."""

    def put(draft: Draft, argument: str, value: Any) -> None:
        draft.append(path, {key: argument, under: form(value), **more})

    return put


def opposing(yes: str, no: str) -> Setter:
    """The one of two flags that says it."""

    def put(draft: Draft, argument: str, value: Any) -> None:
        draft.set([yes if forms.flag(value) else no], True)

    return put
