"""SALESmanago Mobile's operations and their defaults."""

from __future__ import annotations

from producers.models.operation import Operation
from producers.models.salesmanago_mobile import contacts

OPERATIONS: tuple[Operation, ...] = contacts.OPERATIONS
