"""Every system's cases."""

from __future__ import annotations

from tests.conformance import esputnik, salesmanago, salesmanago_mobile, smartsender
from tests.conformance.bench import Bench

BENCHES = [
    Bench(module.CASES) for module in (salesmanago, salesmanago_mobile, esputnik, smartsender)
]
