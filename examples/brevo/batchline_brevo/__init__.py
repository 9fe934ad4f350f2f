"""Brevo (formerly Sendinblue), API v3. Its documents stand at https://developers.brevo.com."""

from __future__ import annotations

from batchline.systems.contract import SystemSpec

from .account import BrevoAccount
from .adapter import Brevo
from .mapping import CONTACT, EVENT
from .messages import ContactUpsert, EventAdd, Identifiers
from .operations import OPERATIONS

__all__ = ["SYSTEM", "ContactUpsert", "EventAdd", "Identifiers"]

SYSTEM = SystemSpec(
    name="brevo",
    title="Brevo",
    account=BrevoAccount,
    operations=OPERATIONS,
    adapter=Brevo(OPERATIONS),
    mapping={"contact": CONTACT, "event": EVENT},
)
