"""One package per API: plan and judge, pure. Found by an account's `system`."""

from __future__ import annotations

from typing import Any

from batchline.systems.contract import System
from batchline.systems.esputnik.adapter import Esputnik
from batchline.systems.salesmanago.adapter import Salesmanago
from batchline.systems.salesmanago_mobile.adapter import SalesmanagoMobile
from batchline.systems.smartsender.adapter import Smartsender

SYSTEMS: dict[str, System[Any]] = {
    "salesmanago": Salesmanago(),
    "salesmanago_mobile": SalesmanagoMobile(),
    "esputnik": Esputnik(),
    "smartsender": Smartsender(),
}
