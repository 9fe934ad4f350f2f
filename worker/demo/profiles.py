"""Every system's demo, by the system's name."""

from __future__ import annotations

from worker.demo import salesmanago
from worker.demo.profile import Profile

PROFILES: dict[str, Profile] = {profile.system: profile for profile in (salesmanago.PROFILE,)}
