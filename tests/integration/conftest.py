"""A shop whose contacts and events go to two systems."""

from __future__ import annotations

import pytest

from batchline.worker.devstack.sandbox import sandbox_account

TABLES = """
timeout = {connect = 1, read = 6}
lease = 8
backoff = {first = 0.1, factor = 2, max = 0.5}
jobs = {poll = 0.3, until = 20}
breaker = {open = 0.5}
operations."contact.upsert" = {linger = 0.1}
operations."event.add_v2" = {linger = 0.1}
mapping.event = {size = "param:shoe_size"}
mapping.event_types = {PURCHASE = "orderPaid"}

[accounts.default.mapping.event]
currency = "detail:1"
size = "detail:2"

[routes]
contact = ["default", "es"]
event = ["default", "es"]
"""


@pytest.fixture
def shop(stack):
    """The stack with a SALESmanago account, `default`, and one of eSputnik, `es`, on all routes."""
    with stack.config.open("a") as config:
        config.write(sandbox_account(stack.sandbox, "es", "esputnik", TABLES))
    return stack
