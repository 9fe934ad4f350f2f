"""Secrets of accounts that stand in files: `NAME_file` in place of `NAME`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

#: Stands in front of the reason in place of a secret that is not here; no secret begins so.
ABSENT = "\0"
#: Stands in front of what is wrong with how a secret is given, in its place.
REFUSED = "\0\0"


def with_secret(value: dict[str, Any], name: str, needed: bool) -> dict[str, Any]:
    """The section with the secret from its file, or with why it is not here, or cannot be used."""
    key = f"{name}_file"
    if key not in value:
        is_absent = needed and name not in value
        return {**value, name: f"{ABSENT}{name}: is missing"} if is_absent else value
    others = {other: kept for other, kept in value.items() if other != key}
    if name in value:
        both = f"is given, and {key} too: one of the two, in the file and the environment together"
        return {**others, name: REFUSED + both}
    return {**others, name: _secret_of(value[key], key)}


def _secret_of(path: object, key: str) -> str:
    """What the file holds; where it cannot be read, `ABSENT` or `REFUSED`, and why."""
    if not isinstance(path, str | Path):
        return f"{REFUSED}{key}: must be the path of a file"
    try:
        secret = Path(path).read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        return f"{ABSENT}{key}: {path}: {error.strerror}"
    except ValueError:
        return f"{ABSENT}{key}: {str(path)!r}: is no text file"
    return secret or f"{ABSENT}{key}: {path}: is empty"
