"""Whether a row of a CSV has swallowed others, for a quote was opened and closed rows later.

That is legal, and texts of several lines are. So the lines speak for themselves: they have as many
cells as the header, and one like the same cell of another row, an address or a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
#: Characters of a cell whose form tells; a longer one is a text.
LONGEST_FORM = 40


def form_of(cell: str) -> str:
    """The form of a cell that could not be any text: an address, a number, a code; else ""."""
    cell = cell.strip().strip('"').strip()
    if _ADDRESS.fullmatch(cell):
        return "@"
    if len(cell) > LONGEST_FORM or not any(letter.isdigit() for letter in cell):
        return ""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", cell))


def looks_swallowed(cells: Sequence[str], delimiter: str, other: Sequence[str]) -> bool:
    """Whether a cell of this row holds others. `other`: the cells of a row that is certain."""
    forms = [form_of(cell) for cell in other]
    for index, cell in enumerate(cells):
        if "\n" in cell:
            begun = [form_of(one) for one in cells[:index]]
            return _holds_rows(cell, index, len(cells), delimiter, [forms, begun])
    return False


def _holds_rows(
    cell: str, index: int, width: int, delimiter: str, known: Sequence[Sequence[str]]
) -> bool:
    """Whether the lines of the cell at this index are rows of that width.

    The quote ends in the last line, so of that the cell has the beginning: as many cells as this
    row has up to the quote that it opens.
    """
    *inner, last = [line.split(delimiter) for line in cell.split("\n")[1:]]
    inner = [parts for parts in inner if any(map(str.strip, parts))]
    if width < 2 or len(last) != index + 1 or any(len(parts) != width for parts in inner):
        return False
    return all(_has_known_form(parts, known) for parts in inner or [last])


def _has_known_form(parts: Sequence[str], known: Sequence[Sequence[str]]) -> bool:
    """Whether a cell has the form that a certain row has in the same column."""
    return any(
        form and form == form_of(part)
        for forms in known
        for part, form in zip(parts, forms, strict=False)
    )
