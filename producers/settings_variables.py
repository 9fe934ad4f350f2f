"""Variables of the environment that cannot be used, each with what to write instead."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection

from pydantic_settings import BaseSettings, SettingsError

from batchline.producers import kubernetes
from batchline.producers.settings_shape import (
    is_list,
    is_table,
    key_of,
    list_like,
    model_in,
    nearest,
    type_at,
)
from batchline.producers.settings_sources import PREFIX


def unknown(settings: type[BaseSettings]) -> list[str]:
    """The variables whose names begin as ours and name no setting, each with what is meant.

    Those that Kubernetes sets for a Service of such a name are none of ours.
    """
    known = {*settings.model_fields, "config", "health_dir"}
    lines = []
    for name, value in sorted(os.environ.items()):
        key = name.lower()
        if not key.startswith(PREFIX.lower()) or kubernetes.sets(name, value):
            continue
        first = key.removeprefix(PREFIX.lower()).partition("__")[0]
        if first not in known:
            meant = nearest(first, known)
            hint = f"; did you mean {PREFIX}{meant.upper()}?" if meant else ""
            lines.append(f"{name}: there is no such setting{hint}")
    return lines


def caseless() -> list[str]:
    """The variables that name a key of a mapping whose case counts, for it is lost on the way."""
    lines = []
    for name in sorted(os.environ):
        if not name.lower().startswith(PREFIX.lower()):
            continue
        match name[len(PREFIX) :].split("__"):
            case [accounts, account, mapping, table, *rest] if (
                (accounts.lower(), mapping.lower()) == ("accounts", "mapping")
                and rest
                and _is_lost(table.lower(), "__".join(rest))
            ):
                whole = name[: -len("__".join(["", *rest]))]
                section = key_of(["accounts", account.lower(), "mapping", table.lower()])
                lines.append(
                    f"{name}: a variable's name has no upper and lower case, and here it counts: "
                    f"write the line in the file, under [{section}], or the table as JSON: "
                    f"{whole}='{json.dumps({'__'.join(rest): '...'})}'"
                )
    return lines


def _is_lost(table: str, key: str) -> bool:
    """Whether the key's case counts: a type may have any; a field is taken in lower case."""
    return table == "event_types" or key not in (key.lower(), key.upper())


def unreadable(
    settings: type[BaseSettings], error: SettingsError, left_out: Collection[str] = ()
) -> tuple[str, str]:
    """The variable whose value is not the JSON that its key needs, and what is wrong with it.

    It is none of `left_out`; "" where it is not known.
    """
    found = re.search('field "([a-z_]+)"', str(error))
    for name in sorted(set(os.environ) - {*left_out}):
        path = name.lower().removeprefix(PREFIX.lower()).split("__")
        if not name.lower().startswith(PREFIX.lower()) or not found or path[0] != found[1]:
            continue
        annotation, _ = type_at(settings, path)
        if _is_json(os.environ[name]):
            continue
        if is_list(annotation):
            return name, f"{name}: a list is written as JSON: {name}='{list_like(path)}'"
        if model_in(annotation) or is_table(annotation):
            return name, (
                f"{name}: a variable that names a whole section must be a JSON object; name "
                "single keys instead, with __ between levels"
            )
    return "", f"the environment: {error}: the value must be JSON"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
