"""Reports of our own errors to Sentry: never payloads, credentials or personal data."""

from __future__ import annotations

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration

from batchline.producers.settings import Settings


def start_sentry(settings: Settings) -> None:
    """Report unexpected errors to Sentry, if `sentry_dsn` is set; without local variables."""
    if settings.sentry_dsn is None:
        return
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        integrations=[CeleryIntegration(propagate_traces=False)],
    )
