"""Every system's demo, by the system's name."""

from __future__ import annotations

from batchline.worker.devstack.demo import esputnik, salesmanago, salesmanago_mobile, smartsender
from batchline.worker.devstack.demo.profile import Profile

PROFILES: dict[str, Profile] = {
    demo.PROFILE.system: demo.PROFILE
    for demo in (salesmanago, salesmanago_mobile, esputnik, smartsender)
}
