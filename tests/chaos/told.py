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
    """The troubles that no line of WARNING or above tells of: kind, and two words of the line."""
    grave = [line for line in lines if _LEVEL.search(line)]
    for kind, *told in lasted:
        words = [re.compile(rf"(?<![\w.]){re.escape(word)}(?![\w])") for word in told]
        if not any(all(word.search(line) for word in words) for line in grave):
            detail = "no line of a worker's log with WARNING or ERROR has these words"
            yield Violation("untold", f"{kind} {' '.join(told)}", detail)
