"""Opens a file of lines. Whether it is packed, and its encoding, are settled once, for all of it.

What is read from it is UTF-8. A file in an encoding that cannot be known is refused whole, before
one of its lines is read.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from batchline.systems.errors import BatchlineError
from batchline.worker.intake.reader import BOM

#: Bytes at the beginning that are looked at where a file cannot be read twice.
LOOKED_AT = 1_000_000
GZIP = b"\x1f\x8b"
#: The beginnings of other files -> what they are.
_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: save the sheet as CSV (UTF-8)",
    b"\x28\xb5\x2f\xfd": "packed by zstd: unpack it (zstd -d)",
    b"BZh": "packed by bzip2: unpack it (bunzip2)",
    b"\xfd7zXZ": "packed by xz: unpack it (unxz)",
    b"%PDF": "a PDF",
    codecs.BOM_UTF32_LE: "UTF-32: save it as UTF-8",
    codecs.BOM_UTF32_BE: "UTF-32: save it as UTF-8",
}
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
#: Lines in another encoding from which on the file is taken to be in it as a whole.
_SEVERAL = 2


class UnreadableFile(BatchlineError):
    """The file holds no lines that could be read; the message names the remedy."""


@contextmanager
def opened(name: str, is_table: bool = False) -> Iterator[IO[bytes]]:
    """The file's lines in UTF-8, from its beginning; - is standard input.

    `is_table`: a CSV, whose lines are no JSON. Raises UnreadableFile.
    """
    with ExitStack() as stack:
        if name != "-" and Path(name).is_file():
            with open(name, "rb") as file:
                _refuse_foreign(_all_lines(_unpacked(file)), is_table)
            yield _unpacked(stack.enter_context(open(name, "rb")))
        else:
            is_stdin = name == "-"
            unpacked = _unpacked(
                sys.stdin.buffer if is_stdin else stack.enter_context(open(name, "rb"))
            )
            head = unpacked.read(LOOKED_AT)
            _refuse_foreign(head.split(b"\n")[: None if len(head) < LOOKED_AT else -1], is_table)
            yield io.BufferedReader(_Joined(head, unpacked))


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    """The file without its packing, its byte order mark and its encoding."""
    file, head = _with_head(file)
    if head.startswith(GZIP):
        packed = gzip.GzipFile(fileobj=file)
        file, head = _with_head(io.BufferedReader(_Unzipped(packed)))
    for beginning, kind in _FOREIGN.items():
        if head.startswith(beginning):
            raise UnreadableFile(f"the file is {kind}")
    for mark, encoding in _UTF_16.items():
        if head.startswith(mark):
            file.read(len(mark))
            return io.BufferedReader(_Transcoded(file, encoding))
    if b"\0" in head[:2] or head.count(0) * 10 > len(head):
        raise UnreadableFile(
            "the file is UTF-16 without a byte order mark, or no text: save it as UTF-8, such as "
            "with iconv -f UTF-16LE -t UTF-8"
        )
    if head.startswith(BOM):
        file.read(len(BOM))
    return file


def _with_head(file: IO[bytes]) -> tuple[IO[bytes], bytes]:
    """The file, and its first bytes, which can be read again."""
    head = file.read(4096)
    return io.BufferedReader(_Joined(head, file)), head


def _refuse_foreign(lines: Iterable[bytes], is_table: bool) -> None:
    """Raise UnreadableFile for lines in an encoding of single bytes, such as Windows-1250.

    Some lines would be good in it, and none is UTF-8 with a letter beyond ASCII. A line that is no
    good in any encoding speaks of itself alone.
    """
    count = first = 0
    for number, line in enumerate(lines, start=1):
        if line.isascii():
            continue
        if _is_utf_8(line):
            return
        if is_table or _is_json(line.decode("latin-1")):
            count += 1
            first = first or number
    if count >= _SEVERAL:
        raise UnreadableFile(
            f"the file is not UTF-8 (line {first} and {count - 1:,} more): nothing is read. "
            "Save it as UTF-8, such as with iconv -f WINDOWS-1250 -t UTF-8"
        )


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _all_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines, of a very long one its pieces; a letter that is cut in two is left out."""
    while piece := file.readline(LOOKED_AT):
        yield piece if piece.endswith(b"\n") or len(piece) < LOOKED_AT else b""


class _Joined(io.RawIOBase):
    """Bytes that were read already, and the rest of their file."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        size = len(buffer)
        data = self._head[:size] or self._rest.read1(size)  # type: ignore[attr-defined]
        self._head = self._head[size:]
        buffer[: len(data)] = data
        return len(data)


class _Unzipped(io.RawIOBase):
    """The contents of a gzip file, whose faults are told as the file's."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data = self._file.read1(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise UnreadableFile(f"the gzip file is cut off or damaged: {error}") from None
        buffer[: len(data)] = data
        return len(data)


class _Transcoded(io.RawIOBase):
    """Text in UTF-16 as UTF-8; half of a character stays one, so that its line is refused."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left:
            data = self._file.read1(io.DEFAULT_BUFFER_SIZE)  # type: ignore[attr-defined]
            self._left = self._decode(data).encode("utf-8", "surrogatepass")
            if not data:
                break
        piece, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def _decode(self, data: bytes) -> str:
        try:
            return self._decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            self._decoder.reset()
            raise UnreadableFile("the file is cut off in the middle of a character") from None
