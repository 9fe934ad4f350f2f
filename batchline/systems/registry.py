"""The registry of systems: the built-in ones, and those of installed plug-ins.

A plug-in is a distribution with an entry point in the group `batchline.systems` that leads to a
`SystemSpec` (docs/add-a-system.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from batchline.systems import esputnik, salesmanago, salesmanago_mobile, smartsender, webhook
from batchline.systems.contract import SystemSpec
from batchline.systems.errors import UnusablePlugin
from batchline.systems.operation import Operation

BUILT_IN = (
    salesmanago.SYSTEM,
    salesmanago_mobile.SYSTEM,
    esputnik.SYSTEM,
    smartsender.SYSTEM,
    webhook.SYSTEM,
)
GROUP = "batchline.systems"


@cache
def systems() -> Mapping[str, SystemSpec]:
    """Name -> system. Raises UnusablePlugin for a plug-in that cannot be loaded."""
    registered = {system.name: system for system in BUILT_IN}
    for entry in entry_points(group=GROUP):
        system = _loaded(entry)
        if system.name in registered:
            raise _unusable(entry, f"there is a system {system.name!r} already")
        registered[system.name] = system
    return registered


def operations(system: str) -> Mapping[str, Operation]:
    """Name -> operation, of one system."""
    return systems()[system].account.known_operations


def operation_names() -> tuple[str, ...]:
    """The names of all operations, sorted; several systems may share a name."""
    return tuple(sorted({one.name for system in systems().values() for one in system.operations}))


def lane_names() -> tuple[str, ...]:
    """The names of the operations with a lane of their own, sorted; others share one of these."""
    return tuple(sorted({one.lane for system in systems().values() for one in system.operations}))


def _loaded(entry: EntryPoint) -> SystemSpec:
    try:
        system = entry.load()
    except Exception as error:
        raise _unusable(entry, f"{type(error).__name__}: {error}") from error
    if not isinstance(system, SystemSpec):
        raise _unusable(entry, "it is no batchline.systems.contract.SystemSpec")
    if system.name != entry.name:
        raise _unusable(entry, f"its SystemSpec is named {system.name!r}")
    return system


def _unusable(entry: EntryPoint, why: str) -> UnusablePlugin:
    distribution = entry.dist.name if entry.dist else "an unknown distribution"
    return UnusablePlugin(entry.name, distribution, entry.value, why)
