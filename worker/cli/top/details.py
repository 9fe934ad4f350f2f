"""What `batchline top` tells of one row, in lines."""

from __future__ import annotations

from collections.abc import Iterator

from batchline.producers.settings import Settings
from batchline.systems.addresses import MASK
from batchline.worker.cli import bulk as bulk_command
from batchline.worker.cli import why
from batchline.worker.cli.top.rows import state
from batchline.worker.cli.top.views import Found, row_of, trouble_key
from batchline.worker.dashboard.pages import words
from batchline.worker.dead_letters import masked
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.letter import REASONS, DeadLetter
from batchline.worker.dead_letters.lines import as_json
from batchline.worker.inspection.history_table import number, sparkline
from batchline.worker.inspection.lanes_page import LanesPage, Row
from batchline.worker.inspection.lanes_table import notes
from batchline.worker.inspection.status_table import ago
from batchline.worker.store.history import History
from batchline.worker.store.store import Store

#: Bars of a line: each stands for two minutes of an hour.
BARS = 30


def describe(store: Store, settings: Settings, found: Found, key: str) -> str:
    """All that there is to say of the row of that key; "" where it is gone."""
    match found.view.tab:
        case "lanes" if found.lanes is not None:
            row = row_of(found, key)
            lines = _lane(row, found.lanes, found.overview.hour) if row else iter(())
        case "troubles":
            lines = _trouble(found, key)
        case "dead":
            letter = dead_letters.show(store, key)
            if letter is None:
                return f"{key} is no dead letter any more: it was replayed or purged."
            lines = _letter(letter, settings, found.now)
        case _:
            acts = [one for one in found.acts if one.name == key]
            lines = (line for one in acts for line in bulk_command.lines(one, found.now))
    return "\n".join(lines)


def _lane(row: Row, page: LanesPage, hour: History) -> Iterator[str]:
    yield f"{row.scope}: {state(row)}"
    yield ""
    yield "Why does nothing move?"
    yield from (f"  {line}" for line in why.lines(page.why(row)))
    yield ""
    yield (
        f"backlog {row.backlog:,}   oldest {ago(row.oldest_seconds)}   "
        f"in flight {row.in_flight:,}   parked {row.parked:,}   dead {row.dead:,}"
    )
    yield (
        f"failures in a row {row.attempts:,}   breaker {row.breaker}   "
        f"next due {'paused' if row.paused else ago(row.due_seconds)}   "
        f"partitions {len(row.partitions):,}"
    )
    yield (
        f"ever: accepted {row.accepted:,}   delivered {row.delivered:,}   merged {row.merged:,}   "
        f"died {row.died:,}   purged {row.purged:,}   requests {row.requests:,}"
    )
    yield from notes(row)
    if row.past_error:
        yield f"past error {row.past_error}, {ago(row.past_error_seconds)} ago; it is over"
    for line in words.limits(row.use):
        yield f"limits: {line}"
    series = hour.of(row.account, row.operation)
    yield ""
    for name, values in (("in", series.enqueued), ("out", series.delivered), ("died", series.died)):
        last = number(hour.per_minute(values))
        yield f"{name:>4} {last:>7}/min  {sparkline(values, BARS)}"


def _trouble(found: Found, key: str) -> Iterator[str]:
    for one in found.troubles:
        if trouble_key(one) == key:
            yield f"{one['level']} {one['kind']}: {one['scope']}"
            yield ""
            yield f"{one['words']}, for {ago(one['seconds'])}, {one['messages']:,} messages"
            if one["detail"]:
                yield f"The API's words: {one['detail']}"
            yield ""
            yield f"Do: {one['do']}"


def _letter(letter: DeadLetter, settings: Settings, now: int) -> Iterator[str]:
    yield letter.id
    yield ""
    yield f"{letter.reason}: {letter.detail or 'The API said nothing.'}"
    yield REASONS.get(letter.reason, "")
    yield ""
    died = ago((now - letter.died_at) / 1000)
    yield f"{letter.lane.account}:{letter.operation}   died {died} ago   contact " + (
        MASK if letter.contact else "none"
    )
    for at, text in letter.meta.history:
        yield f"  {words.moment(at)} {text}"
    yield ""
    yield "The message, persons masked (batchline dead show has all of it):"
    yield as_json(masked.document(letter, settings), indent=2)
