"""The application's line, to which a warning about a message belongs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pydantic

#: Folders of code that stands between the application's line and the one that warns.
_BETWEEN = tuple(
    f"{folder}{os.sep}" for folder in (Path(__file__).parents[1], Path(pydantic.__file__).parent)
)


def callers_level() -> int:
    """The `stacklevel`, for the function that asks, of the line that builds the message."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_BETWEEN):
        level, frame = level + 1, frame.f_back
    return level
