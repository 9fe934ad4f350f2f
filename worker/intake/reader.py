"""Reads the lines of a file, each within a bound: a longer line is one line all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from batchline.producers.settings import Settings

#: The byte order mark of UTF-8.
BOM = b"\xef\xbb\xbf"

#: Bytes of a line beside its payload, and the most bytes that JSON may spell one byte of it with.
AROUND, SPELLED = 1_000_000, 3
#: Bytes of a line that is too long that are read at once.
PIECE = 1_000_000


@dataclass(frozen=True, slots=True)
class TooLong:
    """A line that is longer than the bound; it was copied whole to where such lines go."""

    bytes: int
    longest: int

    @property
    def problem(self) -> str:
        """What is wrong with it, for people."""
        return f"has {self.bytes:,} bytes, {self.longest:,} are read (message_bytes)"


def longest_line(settings: Settings) -> int:
    """The bound in bytes: no message that an account takes needs a longer line."""
    limits = (
        account.operation(name).message_bytes
        for account in settings.accounts.values()
        for name in account.known_operations
    )
    return AROUND + SPELLED * max(limits, default=0)


def numbered(
    file: IO[bytes], longest: int, copy_to: IO[bytes] | None = None, copy_from: int = 1
) -> Iterator[tuple[int, bytes | TooLong]]:
    """Number (from 1 on) and content of each line, with its line feed.

    A line that is too long is copied if its number is at least `copy_from`.
    """
    number = 0
    while line := file.readline(len(BOM) + longest + 1):
        number += 1
        # Files that were joined have such a mark where the next one begins.
        line = line.removeprefix(BOM)
        if len(line) - line.endswith(b"\n") <= longest:
            yield number, line
            continue
        size = 0
        while line:
            size += len(line)
            if copy_to is not None and number >= copy_from:
                copy_to.write(line)
            line = b"" if line.endswith(b"\n") else file.readline(PIECE)
        yield number, TooLong(size, longest)
