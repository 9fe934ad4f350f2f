"""Whether the workers' logs tell of every trouble that lasted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tests.chaos.promises import Violation

#: Whether a trouble that nobody was told of is a violation; else it is only noted.
REQUIRED = True
#: The levels that a person looks at, as Celery writes them.
_LEVEL = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b")


def untold(lines: Iterable[str], lasted: Iterable[tuple[str, str, str]]) -> Iterator[Violation]:
    """The troubles (kind, account, operation) that no line of WARNING or above names."""
    grave = [line for line in lines if _LEVEL.search(line)]
    for kind, account, operation in lasted:
        words = [
            re.compile(rf"(?<![\w.]){re.escape(word)}(?![\w])") for word in (account, operation)
        ]
        if not any(all(word.search(line) for word in words) for line in grave):
            detail = "no line of a worker's log with WARNING or ERROR names account and operation"
            yield Violation("untold", f"{kind} {account} {operation}", detail)
