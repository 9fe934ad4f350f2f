"""eSputnik (Yespo): the account, one record per operation, and the meaning of its answers."""

from __future__ import annotations

from batchline.systems.contract import SystemSpec
from batchline.systems.esputnik import (
    consents,
    contacts,
    direct_messages,
    events,
    mapping,
    orders,
    prepared_messages,
    segments,
    uploads,
)
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.adapter import Esputnik

OPERATIONS = (
    *contacts.OPERATIONS,
    *uploads.OPERATIONS,
    *consents.OPERATIONS,
    *events.OPERATIONS,
    *orders.OPERATIONS,
    *prepared_messages.OPERATIONS,
    *direct_messages.OPERATIONS,
    *segments.OPERATIONS,
)

SYSTEM = SystemSpec(
    name="esputnik",
    title="eSputnik (Yespo)",
    account=EsputnikAccount,
    operations=OPERATIONS,
    adapter=Esputnik(OPERATIONS),
    mapping={"contact": mapping.CONTACT, "event": mapping.EVENT},
)
