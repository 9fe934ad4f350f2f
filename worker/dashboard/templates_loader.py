"""Flower's templates and ours, as one loader."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from tornado import template

#: Where our tabs stand in Flower's bar: before its own. Its markup is private, so this may be gone.
FIRST_TAB = '<ul class="app-nav navbar-nav">'
_INLINE = re.compile(r"<script(?![^>]*\b(?:src|nonce)=)")


def loader(theirs: Path) -> template.DictLoader:
    """A loader of Flower's templates, with our tabs in its bar, and of ours."""
    ours = {one.name: one.read_text() for one in _ours() if one.name.endswith(".html")}
    sources = {path.name: path.read_text() for path in theirs.glob("*.html")}
    sources = {
        name: _INLINE.sub('<script nonce="{{ handler.nonce }}"', text)
        for name, text in sources.items()
    }
    sources["navbar.html"] = with_tabs(sources["navbar.html"], ours["batchline_tabs.html"])
    sources["navbar.html"] += ours["batchline_below.html"]
    return template.DictLoader({**sources, **ours})


def with_tabs(navbar: str, tabs: str) -> str:
    """Flower's bar with our tabs in it; below it, where its markup is not what it was."""
    if FIRST_TAB in navbar:
        return navbar.replace(FIRST_TAB, FIRST_TAB + tabs, 1)
    return f'{navbar}<nav aria-label="Batchline"><ul class="nav">{tabs}</ul></nav>'


def _ours() -> list[Path]:
    folder = files("batchline.worker.dashboard") / "templates"
    return [Path(str(one)) for one in folder.iterdir()]
