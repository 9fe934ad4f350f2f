"""One package per API: plan and judge, pure. Found by an account's `system`."""

from __future__ import annotations

from worker.systems.base import System
from worker.systems.salesmanago import Salesmanago

SYSTEMS: dict[str, System] = {"salesmanago": Salesmanago()}
