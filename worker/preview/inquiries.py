"""What an API says about messages before they go out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batchline.producers.enqueue import Targets
from batchline.producers.outgoing import Copy
from batchline.producers.settings import Settings
from batchline.systems.columns import Columns
from batchline.worker.delivery.inquiring import Inquired, Inquirer


def inquiries(
    outgoing: Sequence[Copy], settings: Settings, inquirer: Inquirer
) -> Iterator[Inquired]:
    """The answers about these messages of one account, in their order.

    Whether the API has a message already is asked only of one with an identifier of its own:
    an identifier that is assigned when it is enqueued cannot be there.
    """
    targets = Targets(settings)
    for out in outgoing:
        stored = targets.of(out.message, out.account).stored(out.message)
        row = (stored.contact, stored.options, stored.payload)
        item = Columns.of(stored.lane.operation, [row]).item(0)
        has_own_id = out.message.with_external_id() is out.message
        yield from inquirer.about(item, was_sent=has_own_id)
