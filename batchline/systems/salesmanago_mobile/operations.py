"""SALESmanago Mobile's operations and their defaults."""

from __future__ import annotations

from batchline.systems.operation import Operation
from batchline.systems.salesmanago_mobile.messages import contacts

OPERATIONS: tuple[Operation, ...] = contacts.OPERATIONS
