"""Orders: POST /v1/orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.endpoints import Read, array, endpoint, judge_plain
from batchline.systems.esputnik.failures import judge_failed
from batchline.systems.esputnik.messages.orders import Order
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import by_contact, chains, cut, fold, waves
from batchline.systems.requests import Request
from batchline.systems.verdicts import Outcome


def merge(items: Sequence[Item]) -> list[Item]:
    """Versions of one order become the newest one, which "updates" the others."""
    versions = chains(items, by_contact, lambda item: item.contact)
    return [merged for chain in versions for merged in fold(chain, merge_runs)]


def merge_runs(orders: Sequence[Mapping[str, Any]]) -> list[tuple[dict[str, Any], list[int]]]:
    """Each newest version with the indexes of the versions that it stands for.

    A version without a field of the version before does not stand for it: no document says whether
    the API keeps a field that an update leaves out.
    """
    runs: list[tuple[dict[str, Any], list[int]]] = []
    for index, order in enumerate(orders):
        if runs and runs[-1][0].keys() <= order.keys():
            runs[-1][1].append(index)
            runs[-1] = dict(order), runs[-1][1]
        else:
            runs.append((dict(order), [index]))
    return runs


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: EsputnikAccount
) -> list[list[Request]]:
    """Waves in which each order occurs once, so that its versions arrive in order."""
    return [
        [UPSERT.request(run) for run in cut(wave, settings)] for wave in waves(items, by_contact)
    ]


def _judge(request: Request, body: Read) -> Outcome | None:
    """Judge `failedOrders`, if there are any.

    The answer's `asyncSessionId` is not asked about: no document says whether /v1/importstatus
    knows the ids of orders.
    """
    if isinstance(body, dict) and body.get("failedOrders"):
        return judge_failed(request, "failedOrders", body["failedOrders"], None)
    return judge_plain(request, body)


UPSERT = endpoint("/api/v1/orders", array("orders"), _judge)

OPERATIONS = (
    Operation(
        message=Order,
        linger=2.0,
        batch_size=1000,
        largest_batch=1000,
        ambiguous="resend",
        batching="one POST /v1/orders, at most 1,000; only the newest version of an order",
        idempotent=True,
        ordered=True,
        endpoints=(UPSERT,),
        merge=merge,
        plan=plan,
    ),
)
