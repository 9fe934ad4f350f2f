"""Which extra of Batchline brings a module that is missing, by the metadata of the installation."""

from __future__ import annotations

import re
import traceback
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)[^;]*(?:;.*extra *== *['\"]([a-z]+)['\"])?")
#: Extras for the people who work on Batchline itself.
_OURS = {"dev"}


def missing(error: ImportError) -> str:
    """The module of one of the extras that is not installed, which the error is about; else ""."""
    name = (error.name or "").partition(".")[0]
    is_missing = bool(name) and isinstance(error, ModuleNotFoundError) and not _is_there(name)
    return name if is_missing and extra_of(name) else ""


def explained(error: ImportError) -> str:
    """What cannot be imported, and how to get it; where that is not known, who imports it."""
    name = missing(error)
    if name:
        return f"{name} is not installed: pip install 'batchline[{extra_of(name)}]'"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith("<frozen")]
    where = f" ({own[-1].filename}, line {own[-1].lineno})" if own else ""
    return f"{error}{where}"


def extra_of(module: str) -> str:
    """The extra that brings the module; "" where none does, or the base.

    An extra may contain another one: then it is the inner one.
    """
    by_extra = _modules()
    extras = [extra for extra, modules in by_extra.items() if module in modules]
    if "" in extras:
        return ""
    inner = (one for one in extras if all(by_extra[one] <= by_extra[other] for other in extras))
    return next(inner, "")


@cache
def _modules() -> dict[str, set[str]]:
    """Extra -> the top-level modules of the distributions that it names; "" is the base."""
    found: dict[str, set[str]] = {}
    try:
        lines = requires("batchline") or []
    except PackageNotFoundError:
        lines = []
    for line in lines:
        match = _REQUIREMENT.match(line)
        if match and (match[2] or "") not in _OURS:
            # No distribution of ours has a module of another name, but for the hyphen.
            found.setdefault(match[2] or "", set()).add(match[1].lower().replace("-", "_"))
    return found


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False
