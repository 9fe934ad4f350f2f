"""The table of operations, system by system.

An operation's name is a neutral word, such as `contact.upsert`: which API it means is said by the
system of the account that a message names.
"""

from __future__ import annotations

from collections.abc import Mapping

from batchline.systems.esputnik.operations import OPERATIONS as ESPUTNIK
from batchline.systems.operation import Operation
from batchline.systems.salesmanago.operations import OPERATIONS as SALESMANAGO
from batchline.systems.salesmanago_mobile.operations import OPERATIONS as SALESMANAGO_MOBILE
from batchline.systems.smartsender.operations import OPERATIONS as SMARTSENDER

#: System -> operation's name -> operation.
OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    system: {operation.name: operation for operation in operations}
    for system, operations in {
        "salesmanago": SALESMANAGO,
        "salesmanago_mobile": SALESMANAGO_MOBILE,
        "esputnik": ESPUTNIK,
        "smartsender": SMARTSENDER,
    }.items()
}
#: Every name, in order; several systems may share one.
NAMES: tuple[str, ...] = tuple(sorted({name for own in OPERATIONS.values() for name in own}))
#: The operations that have lanes of their own; others travel in one of these.
LANE_NAMES: tuple[str, ...] = tuple(
    sorted({operation.lane for own in OPERATIONS.values() for operation in own.values()})
)
