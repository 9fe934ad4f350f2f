"""Lines of a file, each within a bound."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from batchline.worker.intake import reader
from batchline.worker.intake.reader import TooLong, numbered


@given(
    lines=st.lists(
        st.builds(
            lambda mark, line: mark + line.replace(b"\n", b""),
            st.sampled_from([b"", reader.BOM]),
            st.binary(max_size=40),
        ),
        max_size=8,
    ),
    ends=st.booleans(),
    longest=st.integers(1, 30),
    piece=st.integers(1, 7),
)
def test_a_line_is_one_line_however_long_and_a_long_one_is_copied_whole(
    lines, ends, longest, piece
):
    text = b"\n".join(lines) + (b"\n" if ends else b"")
    expected = _split(text)
    copied = io.BytesIO()
    usual, reader.PIECE = reader.PIECE, piece
    try:
        read = list(numbered(io.BytesIO(text), longest, copied))
    finally:
        reader.PIECE = usual
    assert [number for number, _ in read] == list(range(1, len(expected) + 1))
    # A byte order mark belongs to no line: files that were joined have one before each.
    expected = [line.removeprefix(reader.BOM) for line in expected]
    long = [line for line in expected if len(line.rstrip(b"\n")) > longest]
    assert copied.getvalue() == b"".join(long)
    for (_, line), wanted in zip(read, expected, strict=True):
        assert line == (TooLong(len(wanted), longest) if wanted in long else wanted)


def _split(text):
    """The lines by line feeds alone."""
    return [part + b"\n" for part in text.split(b"\n")[:-1]] + [
        part for part in text.split(b"\n")[-1:] if part
    ]
