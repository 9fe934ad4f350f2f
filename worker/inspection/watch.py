"""What became of a message since it was replayed, in few calls, for a page that asks again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from batchline.worker.inspection import locate
from batchline.worker.inspection.locate import Location
from batchline.worker.inspection.trace import about
from batchline.worker.store import journal
from batchline.worker.store.journal import Batch
from batchline.worker.store.message_ids import parse
from batchline.worker.store.store import Store

State = Literal["waiting", "parked", "dead", "delivered", "purged", "erased"]
#: What is done with a message for good.
GONE: Final[dict[str, State]] = {"purged": "purged", "erased": "erased"}
#: ms by which lines may be written behind later ones, after a step of Redis' clock.
MARGIN = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the message is."""

    state: State
    #: UNIX ms of the last line that was read: the next look begins there.
    looked: int
    #: Where it is parked or dead.
    location: Location
    #: UNIX ms of the batch that sent it last, and what the API said to all of the batch; 0 and "".
    sent_at: int = 0
    error: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in ("dead", "delivered", *GONE)


def look(store: Store, message_id: str, since: int) -> Seen:
    """Where it is, by the lines of the journal since then (UNIX ms); a replay, or the last look.

    Raises ValueError when the text is no message id.
    """
    parse(message_id)
    last, sent = since, None
    state: State | None = None
    for line in journal.read(store, max(0, since - MARGIN)):
        last = max(last, line.at)
        for one in about(message_id, [line]):
            if not isinstance(one, Batch):
                state = GONE.get(one.act)
            elif message_id in one.returned:
                sent, state = one, None
    # It is looked for behind the journal: what is gone by then has a line there.
    location = locate.outside(store, message_id)
    at, error = (sent.at, sent.error) if sent else (0, "")
    if location is not None:
        return Seen("dead" if location.state == "dead" else "parked", last, location, at, error)
    if state is not None:
        return Seen(state, last, locate.GONE, at, error)
    if sent is None or (sent.kept and not sent.delivered):
        return Seen("waiting", last, locate.GONE, at, error)
    if sent.kept or sent.parked or sent.dead:  # of several messages; which one was it?
        found = locate.find(store, message_id)
        if found.state == "waiting":
            return Seen("waiting", last, found, at, error)
        if found.state in ("dead", "parked"):
            return Seen("dead" if found.state == "dead" else "parked", last, found, at, error)
    return Seen("delivered", last, locate.GONE, at, error)
