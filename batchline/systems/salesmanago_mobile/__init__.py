"""SALESmanago Mobile: the account, its one operation, and the meaning of its answers."""

from __future__ import annotations

from batchline.systems.contract import SystemSpec
from batchline.systems.salesmanago_mobile.account import SalesmanagoMobileAccount
from batchline.systems.salesmanago_mobile.adapter import OPERATIONS, SalesmanagoMobile

SYSTEM = SystemSpec(
    name="salesmanago_mobile",
    title="SALESmanago Mobile",
    account=SalesmanagoMobileAccount,
    operations=OPERATIONS,
    adapter=SalesmanagoMobile(OPERATIONS),
)
