"""The demo of every system that comes with Batchline: one module or package here, by its name."""

from __future__ import annotations

from importlib import import_module

from batchline.systems.registry import BUILT_IN
from batchline.worker.devstack.demo.profile import Profile

#: The systems that have a demo. To a webhook go results, which workers make.
NAMES = tuple(system.name for system in BUILT_IN if system.name != "webhook")


def profile_of(system: str) -> Profile:
    """The demo of a system of `NAMES`."""
    module = import_module(f"batchline.worker.devstack.demo.{system}")
    profile: Profile = module.PROFILE
    return profile
