"""SALESmanago, API v2: the account, one record per operation, the meaning of its answers."""

from __future__ import annotations

from batchline.systems.contract import SystemSpec
from batchline.systems.salesmanago import (
    attachments,
    contacts,
    coupons,
    emails,
    events,
    funnels,
    loyalty,
    mapping,
    notes,
    pushes,
    tasks,
    text_messages,
)
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.adapter import Salesmanago

OPERATIONS = (
    *contacts.OPERATIONS,
    *events.OPERATIONS,
    *pushes.OPERATIONS,
    *coupons.OPERATIONS,
    *funnels.OPERATIONS,
    *emails.OPERATIONS,
    *attachments.OPERATIONS,
    *text_messages.OPERATIONS,
    *tasks.OPERATIONS,
    *notes.OPERATIONS,
    *loyalty.OPERATIONS,
)

SYSTEM = SystemSpec(
    name="salesmanago",
    title="SALESmanago (API v2)",
    account=SalesmanagoAccount,
    operations=OPERATIONS,
    adapter=Salesmanago(OPERATIONS),
    mapping={"contact": mapping.CONTACT, "event": mapping.EVENT},
)
