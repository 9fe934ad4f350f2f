"""Bars of block characters, which read everywhere."""

from collections.abc import Sequence

#: Characters of the longest bar.
WIDTH = 44
_EIGHTHS = " ▏▎▍▌▋▊▉"


def bars(rows: Sequence[tuple[str, float]], digits: int) -> str:
    """A line for each (name, value): the name, a bar as long as the value, the value."""
    longest = max(value for _, value in rows)
    names = max(len(name) for name, _ in rows)
    values = [f"{value:,.{digits}f}" for _, value in rows]
    width = max(map(len, values))
    return "\n".join(
        f"{name:<{names}}  {_bar(value / longest):<{WIDTH}}  {text:>{width}}"
        for (name, value), text in zip(rows, values, strict=True)
    )


def _bar(share: float) -> str:
    eighths = max(1, round(share * WIDTH * 8))
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()
