"""eSputnik (Yespo): the account, one record per operation, and the meaning of its answers."""

from __future__ import annotations

from batchline.systems.contract import SystemSpec
from batchline.systems.esputnik import (
    contacts,
    direct_messages,
    events,
    mapping,
    orders,
    prepared_messages,
    segments,
    unsubscribes,
    uploads,
)
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.adapter import Esputnik

OPERATIONS = (
    *contacts.OPERATIONS,
    *uploads.OPERATIONS,
    *events.OPERATIONS,
    *orders.OPERATIONS,
    *prepared_messages.OPERATIONS,
    *direct_messages.OPERATIONS,
    *unsubscribes.OPERATIONS,
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
