"""Every system's cases."""

from __future__ import annotations

from batchline.testing.conformance import Bench
from tests.conformance import esputnik, salesmanago, salesmanago_mobile, smartsender, webhook

BENCHES = {
    module.CASES.system.name: Bench(module.CASES)
    for module in (salesmanago, salesmanago_mobile, esputnik, smartsender, webhook)
}
