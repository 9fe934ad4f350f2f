"""What this worker did, for Prometheus: measured, and shown at its own port, where that is set."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from batchline.producers.settings import Settings

if TYPE_CHECKING:
    from batchline.worker.metrics.meter import WorkerMeter
    from batchline.worker.runtime.process import Process

log = logging.getLogger(__name__)


def meter_of(settings: Settings) -> WorkerMeter | None:
    """What measures a worker with these settings; None: nothing is measured, nor loaded for it."""
    if settings.metrics.port is None:
        return None
    from batchline.worker.metrics.meter import WorkerMeter

    return WorkerMeter()


def serve(process: Process, has_threads: bool = True) -> Any:
    """Show what the process measures, if it does; the server, or None.

    A port that is taken is told, and stops no delivery; so is a pool whose children would deliver
    unseen (`has_threads`: it is Batchline's own).
    """
    import prometheus_client

    from batchline.worker.metrics.meter import WorkerGauges, WorkerMeter

    meter, metrics = process.meter, process.settings.metrics
    if not isinstance(meter, WorkerMeter) or metrics.port is None:
        return None
    if not has_threads:
        log.warning(
            "metrics.port: this worker has another --pool than Batchline's own, and what its child "
            "processes deliver is not measured"
        )
    untyped: Any = prometheus_client
    untyped.disable_created_metrics()
    accounts = dict.fromkeys(process.settings.accounts, 0)
    gauges = WorkerGauges(
        process.lanes.most,
        lambda: {**accounts, **process.lanes.running_of()},
        lambda: process.dispatched_at,
    )
    meter.registry.register(gauges)
    try:
        server, _ = prometheus_client.start_http_server(
            metrics.port, metrics.address, meter.registry
        )
    except OSError as error:
        log.error(
            "metrics.port: %s:%s cannot be used (%s): this worker shows no metrics. Workers on one "
            "machine need a port each: BATCHLINE_METRICS__PORT",
            metrics.address,
            metrics.port,
            error.strerror,
        )
        return None
    log.info("metrics at http://%s:%s/metrics", metrics.address, metrics.port)
    return server
