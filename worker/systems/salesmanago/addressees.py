"""Contacts named by kind and value, as the methods for many contacts take them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

#: Characters of one addressee value (mobile/push/sendMass and contact/batchDelete, value).
LONGEST_VALUE = 255


def addressees(named: Iterable[tuple[str, str]]) -> Iterator[dict[str, str]]:
    """Pairs of addresseeType and value, comma-separated within what one value may hold."""
    values: dict[str, list[str]] = {}
    for kind, value in named:
        run = values.setdefault(kind, [])
        if run and len(", ".join([*run, value])) > LONGEST_VALUE:
            yield {"addresseeType": kind, "value": ", ".join(run)}
            run.clear()
        run.append(value)
    for kind, run in values.items():
        yield {"addresseeType": kind, "value": ", ".join(run)}
