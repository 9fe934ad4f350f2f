"""The store's metrics at Flower's /metrics, beside its own."""

from __future__ import annotations

from batchline.producers.settings import Settings
from batchline.worker.metrics import exporter
from batchline.worker.metrics.source import Background

#: What reads the store, once it is shown: a process has one /metrics.
_shown: list[Background] = []


def show(settings: Settings) -> None:
    """Show them. A later call changes nothing: the configuration may be read twice."""
    if not _shown:
        _shown.append(exporter.register(settings))
