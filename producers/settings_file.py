"""The settings file: which one is in force, and where settings come from."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from batchline.producers.errors import InvalidSettings

#: The folder with the embedded server's files, in the working folder.
DEFAULT_DATA_DIR = Path(".batchline")


def whence(file: Path | None) -> str:
    """Where settings come from, in a sentence, for an error about one that is not there."""
    if file is not None:
        return f"The settings are those of {file.absolute()} and of the environment."
    data_dir = _data_dir().absolute()
    return (
        f"No settings file was found: neither {Path('batchline.toml').absolute()} nor "
        f"{data_dir / 'batchline.toml'}; BATCHLINE_CONFIG can name one."
    )


def _data_dir() -> Path:
    return Path(os.environ.get("BATCHLINE_DATA_DIR", DEFAULT_DATA_DIR))


def config_file() -> Path | None:
    """The settings file in force, or None. Raises InvalidSettings for a wrong BATCHLINE_CONFIG."""
    named = os.environ.get("BATCHLINE_CONFIG")
    if named:
        if not _is_there(Path(named)):
            raise InvalidSettings(f"BATCHLINE_CONFIG={named}: there is no such file")
        return Path(named)
    candidates = (Path("batchline.toml"), _data_dir() / "batchline.toml")
    return next(filter(_is_there, candidates), None)


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError as error:  # a folder of somebody else
        raise InvalidSettings(f"{file} cannot be read: {error.strerror}") from None


def tables(file: Path | None) -> dict[str, Any]:
    """The tables of the file; none where there is no file. A byte order mark is skipped.

    Raises OSError, UnicodeDecodeError or TOMLDecodeError.
    """
    return {} if file is None else tomllib.loads(file.read_bytes().decode("utf-8-sig"))
