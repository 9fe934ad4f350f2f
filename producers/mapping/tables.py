"""The tables of all systems."""

from __future__ import annotations

from collections.abc import Mapping

from producers.mapping import esputnik, salesmanago, smartsender
from producers.mapping.targets import Table

#: System -> neutral type -> how the system takes it.
TABLES: Mapping[str, Mapping[str, Table]] = {
    "salesmanago": {"contact": salesmanago.CONTACT, "event": salesmanago.EVENT},
    "salesmanago_mobile": {},
    "esputnik": {"contact": esputnik.CONTACT, "event": esputnik.EVENT},
    "smartsender": {"contact": smartsender.CONTACT, "event": smartsender.EVENT},
}
