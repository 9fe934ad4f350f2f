"""eSputnik (Yespo)'s operations and their defaults."""

from __future__ import annotations

from producers.models.operation import Operation

OPERATIONS: tuple[Operation, ...] = ()
