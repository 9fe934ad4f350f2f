"""Pages of the rows of a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

#: Rows of a page where the caller does not say.
PAGE_SIZE = 50
#: The most rows of a page.
LARGEST_PAGE = 500


def cut(rows: Sequence[T], page: int, size: int) -> tuple[tuple[T, ...], int, int]:
    """The rows of that page, its number from 1 on, and how many pages there are.

    A page behind the last is the last: an address that somebody kept still shows something.
    """
    size = min(max(1, size), LARGEST_PAGE)
    pages = max(1, -(-len(rows) // size))
    page = min(max(1, page), pages)
    return tuple(rows[(page - 1) * size : page * size]), page, pages
