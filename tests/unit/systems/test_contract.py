"""What a plug-in registers is checked when it is loaded."""

from __future__ import annotations

from typing import ClassVar

import pytest

from batchline.systems.account import BaseAccount
from batchline.systems.contract import SystemSpec
from batchline.systems.message import Message
from batchline.systems.operation import Operation


def spec(message: type[Message]) -> SystemSpec:
    class Account(BaseAccount):
        """An account of nobody."""

    operation = Operation(
        message=message,
        linger=1,
        batch_size=1,
        largest_batch=1,
        ambiguous="hold",
        batching="one each",
        idempotent=False,
    )
    return SystemSpec("acme", "Acme", Account, (operation,), adapter=None)  # type: ignore[arg-type]


def message(name: str, **attributes: object) -> type[Message]:
    fields = {"operation": name, "system": "acme", "op": "", **attributes}
    annotations = {"operation": ClassVar[str], "system": ClassVar[str], "op": str}
    return type("Placed", (Message,), {"__annotations__": annotations, **fields})


def test_a_usual_operation_is_taken():
    assert spec(message("order.add_v2")).account.known_operations.keys() == {"order.add_v2"}


@pytest.mark.parametrize("name", ["order:placed", "Order.add", "order add", "", "order.", "żurek"])
def test_a_name_that_cannot_stand_in_the_name_of_a_lane_is_refused(name):
    with pytest.raises(ValueError, match="stands in the names of lanes"):
        spec(message(name))


def test_an_option_with_batchlines_own_name_is_refused():
    with pytest.raises(ValueError, match="'op' among its options_fields is Batchline's own"):
        spec(message("order.add", options_fields=frozenset({"op"})))


def test_a_lane_that_no_operation_names_is_refused():
    with pytest.raises(ValueError, match=r"no operation has the lane order\.upsert"):
        spec(message("order.add", lane="order.upsert"))
