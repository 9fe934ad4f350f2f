"""What a job that an API has named is about."""

from types import SimpleNamespace

from batchline.producers.lanes import Lane
from batchline.systems.account import Jobs
from batchline.systems.columns import Item
from batchline.systems.operation import EffectiveOperation
from batchline.systems.requests import Request
from batchline.systems.verdicts import DELIVERED, Dead, Judged
from batchline.worker.delivery.batch import Delivery
from batchline.worker.store.lease import Entry

OPERATION = EffectiveOperation(
    linger=1, batch_size=10, batch_bytes=10_000, partitions=1, backlog_limit=1
)


def delivery(count):
    context = SimpleNamespace(account=SimpleNamespace(lease=60, jobs=Jobs()))
    lease = SimpleNamespace(lane=Lane("default", "contact.upsert"), mark="")
    batch = [Entry(f"{n}-0", "", "", b"{}", None) for n in range(count)]
    return Delivery(context, lease, OPERATION, batch)


def test_a_job_holds_what_was_taken_and_not_what_was_rejected_at_once():
    items = tuple(Item(b"{}", "", "", (index,), "contact.upsert") for index in range(3))
    dead = Dead("rejected", "bad")
    made = delivery(3)
    made._note(Request("contact.upsert", "/x", items), Judged({1: dead}, job="s"))
    assert made._jobs == [("s", [items[0], items[2]])]
    assert made._verdicts == [DELIVERED, dead, DELIVERED]


def test_a_job_of_which_nothing_was_taken_is_not_asked_about():
    items = (Item(b"{}", "", "", (0,), "contact.upsert"),)
    made = delivery(1)
    made._note(Request("contact.upsert", "/x", items), Judged({0: Dead("rejected", "")}, job="s"))
    assert made._jobs == []
