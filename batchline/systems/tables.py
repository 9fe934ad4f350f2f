"""The tables of all systems."""

from __future__ import annotations

from collections.abc import Mapping

from batchline.systems.esputnik import mapping as esputnik
from batchline.systems.mapping.targets import Table
from batchline.systems.salesmanago import mapping as salesmanago
from batchline.systems.smartsender import mapping as smartsender

#: System -> neutral type -> how the system takes it.
TABLES: Mapping[str, Mapping[str, Table]] = {
    "salesmanago": {"contact": salesmanago.CONTACT, "event": salesmanago.EVENT},
    "salesmanago_mobile": {},
    "esputnik": {"contact": esputnik.CONTACT, "event": esputnik.EVENT},
    "smartsender": {"contact": smartsender.CONTACT, "event": smartsender.EVENT},
}
