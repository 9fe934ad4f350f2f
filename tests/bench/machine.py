"""The machine and the versions of a run, without anything that names this very machine."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from tests.bench import server

PACKAGES = ("celery", "celery-batches", "redis", "hiredis", "requests", "pydantic")


def machine() -> dict[str, str]:
    """What it is -> what it is here."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{_memory_bytes() / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions() -> dict[str, str]:
    """Name -> version, of Python, of Valkey and of the packages that matter."""
    packages = {name: version(name) for name in PACKAGES}
    names = {"redis": "redis-py"}
    return {
        "Python": platform.python_version(),
        "Valkey": server.version(),
        **{names.get(name, name): found for name, found in packages.items()},
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
