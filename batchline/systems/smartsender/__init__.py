"""Smart Sender: the account, one record per operation, and the meaning of its answers."""

from __future__ import annotations

from batchline.systems.contract import SystemSpec
from batchline.systems.smartsender import mapping
from batchline.systems.smartsender.account import SmartsenderAccount
from batchline.systems.smartsender.adapter import Smartsender
from batchline.systems.smartsender.operations import OPERATIONS

SYSTEM = SystemSpec(
    name="smartsender",
    title="Smart Sender",
    account=SmartsenderAccount,
    operations=OPERATIONS,
    adapter=Smartsender(OPERATIONS),
    mapping={"contact": mapping.CONTACT, "event": mapping.EVENT},
)
