"""A check of eSputnik's dates."""

from __future__ import annotations

from datetime import UTC, datetime

from batchline.sandbox.checks import text

#: Dates as in "Getting started", YYYY-MM-DD or YYYY-MM-DDTHH:mm; the sample of /v1/orders has
#: seconds and a time zone too.
_TEXT = text(
    shortest=1,
    pattern=r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?",
)


def moment(value: object) -> str | None:
    """A date, or a date and a time."""
    problem = _TEXT(value)
    if problem:
        return problem
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return ": no such day or time"
    return None


def seconds(value: str) -> float:
    """UNIX seconds of a checked date; one without a time zone counts in UTC here."""
    when = datetime.fromisoformat(value)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
