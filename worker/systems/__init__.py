"""One package per API: plan and judge, pure. Found by an account's `system`."""

from __future__ import annotations

from typing import Any

from worker.systems.base import System
from worker.systems.esputnik import Esputnik
from worker.systems.salesmanago import Salesmanago
from worker.systems.salesmanago_mobile import SalesmanagoMobile
from worker.systems.smartsender import Smartsender

SYSTEMS: dict[str, System[Any]] = {
    "salesmanago": Salesmanago(),
    "salesmanago_mobile": SalesmanagoMobile(),
    "esputnik": Esputnik(),
    "smartsender": Smartsender(),
}
