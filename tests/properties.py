"""How many examples of a property are tried."""

from __future__ import annotations

from hypothesis import settings


def examples(count: int) -> int:
    """`count`, or fewer in the profile of `make test-fast`."""
    is_fast = settings.get_current_profile_name() == "fast"
    return min(count, settings.default.max_examples) if is_fast else count
