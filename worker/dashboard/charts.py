"""Lines of the last hour as SVG that the server draws. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

#: The drawing's size in its own units; the style sheet says how large it is shown.
WIDTH, HEIGHT = 120, 28

Values = Sequence[int | None]


def sparkline(label: str, **lines: Values) -> str:
    """An SVG with a line for each series, by its class; a gap where nobody knows a value.

    All lines share one scale. `label` is read out in place of the picture.
    """
    largest = max((value for line in lines.values() for value in line if value), default=1)
    paths = "".join(
        f'<path class="bl-{name}" d="{path(line, largest)}"/>' for name, line in lines.items()
    )
    return (
        f'<svg class="bl-spark" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(label)}">{paths}</svg>'
    )


def path(values: Values, largest: int) -> str:
    """The path of one line; a value between two gaps is a short stroke."""
    step = WIDTH / max(1, len(values) - 1)
    parts = []
    for index, value in enumerate(values):
        if value is None:
            continue
        x, y = index * step, HEIGHT - 1 - (HEIGHT - 2) * value / max(1, largest)
        before = values[index - 1] if index else None
        after = values[index + 1] if index + 1 < len(values) else None
        parts.append(f"{'M' if before is None else 'L'}{x:.1f} {y:.1f}")
        if before is None and after is None:
            parts.append("h1")
    return "".join(parts)


def in_and_out(what: str, enqueued: Values, delivered: Values) -> str:
    """What a pair of lines shows, in words."""

    def words(values: Values) -> str:
        known = [value for value in values if value is not None]
        return f"{sum(known):,}, at most {max(known):,} a minute" if known else "not known"

    return f"{what}, last hour: in {words(enqueued)}; out {words(delivered)}"
