"""Where each setting comes from: a variable of the environment, the file, or the default."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from batchline.producers.settings_file import tables

#: What a variable's name begins with.
PREFIX = "BATCHLINE_"

Path_ = tuple[str, ...]


class Sources:
    """The sources of the settings in force, by the path of a key."""

    def __init__(self, file: Path | None, environment: Mapping[str, str]) -> None:
        self._file = file
        self._in_file = tables(file)
        #: The path that a variable names -> the variable; the longest paths first.
        named = sorted(_variables(environment), key=lambda found: -len(found[0]))
        self._variables = [(path, name, environment[name]) for path, name in named]
        self._names = {name for _, name in named}

    def of(self, path: Sequence[str]) -> str:
        """What has set this key: a variable's name, the file's, or "" for the default.

        A secret may be set by the key of its file.
        """
        path = tuple(path)
        return self._found(path) or self._found((*path[:-1], f"{path[-1]}_file"))

    def variable(self, path: Sequence[str]) -> str:
        """The variable that has set this key; "" where none has."""
        found = self.of(path)
        return found if found in self._names else ""

    def _found(self, path: Path_) -> str:
        for named, name, value in self._variables:
            rest = path[len(named) :]
            if path[: len(named)] == named and (not rest or _holds(_decoded(value), rest)):
                return name
        return str(self._file) if _holds(self._in_file, path) else ""


def _variables(environment: Mapping[str, str]) -> Iterator[tuple[Path_, str]]:
    for name in environment:
        if name.upper().startswith(PREFIX):
            yield variable_path(name), name


def variable_path(name: str) -> Path_:
    """The path that a variable's name means; `event_add` is `event.add` there."""
    parts = name.lower().removeprefix(PREFIX.lower()).split("__")
    match parts:
        case ["accounts", _, "operations", operation, *_] if "." not in operation:
            return (*parts[:3], operation.replace("_", ".", 1), *parts[4:])
    return tuple(parts)


def _holds(tree: Any, path: Path_) -> bool:
    for part in path:
        if not isinstance(tree, dict) or part not in tree:
            return False
        tree = tree[part]
    return True


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return None
