"""The demo of SALESmanago: contacts, carts, purchases, coupons and pushes of a shop."""

from __future__ import annotations

from batchline.producers.outgoing import Copy
from batchline.worker.devstack.demo.profile import Profile
from batchline.worker.devstack.demo.salesmanago.check import unaccounted
from batchline.worker.devstack.demo.salesmanago.shop import Shop


def _outgoing(messages: int, seed: int) -> list[Copy]:
    shop = Shop(messages, seed)
    return [*shop.outgoing(), *shop.introductions()]


PROFILE = Profile(
    system="salesmanago",
    messages=50_000,
    outgoing=_outgoing,
    unaccounted=unaccounted,
    account="""\
replay = {every = 2, until = 10}     # life: every 5 minutes for 1 hour

[accounts.default.operations."contact.upsert"]
linger = 1.0
[accounts.default.operations."event.add"]
linger = 0.5
""",
)
