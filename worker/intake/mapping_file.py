"""The options of a CSV in a file of TOML: `--mapping FILE`."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchline.worker.intake.table_form import UnusableTable

#: Keys with one text each.
TEXTS = ("op", "delimiter", "timezone")
TABLES = ("map", "set")


@dataclass(frozen=True)
class MappingFile:
    """What such a file says, as the options would."""

    op: str | None = None
    delimiter: str | None = None
    timezone: str | None = None
    maps: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: str) -> MappingFile:
        """The file of that name. Raises UnusableTable, which names the file and the key."""
        try:
            content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
        except tomllib.TOMLDecodeError as error:
            raise UnusableTable(f"{path} is not valid TOML: {error}") from None
        except UnicodeDecodeError:
            raise UnusableTable(f"{path} is not UTF-8") from None
        known = (*TEXTS, *TABLES)
        for key in content:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"; did you mean {near[0]}?" if near else f" (known: {', '.join(known)})"
                raise UnusableTable(f"{path}: {key}: there is no such key{hint}")
        for key in TEXTS:
            if not isinstance(content.get(key, ""), str):
                raise UnusableTable(f"{path}: {key}: must be a text in quotes")
        maps, constants = (
            tuple(f"{name}={value}" for name, value in _flat(path, key, content.get(key, {})))
            for key in TABLES
        )
        texts = {key: content.get(key) for key in TEXTS}
        return cls(**texts, maps=maps, constants=constants)


def _flat(path: str, key: str, table: Any) -> Iterator[tuple[str, str]]:
    """Field and text of a table; a name with dots may stand in quotes or not."""
    if not isinstance(table, dict):
        raise UnusableTable(f"{path}: {key}: must be a table, such as [{key}]")
    for name, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{rest}", text) for rest, text in _flat(path, key, value))
        elif isinstance(value, str) and value.strip():
            yield name, value
        else:
            raise UnusableTable(f"{path}: {key}.{name}: must be a text in quotes")
