"""Numbers of things, as commands say them."""

from __future__ import annotations


def many(count: int, thing: str) -> str:
    """`1 line`, `2 lines`, `1,234 lines`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
