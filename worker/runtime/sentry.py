"""Reports of our own errors to Sentry: never payloads, credentials or personal data."""

from __future__ import annotations

import logging

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.logging import ignore_logger

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


def ignore(log: logging.Logger) -> None:
    """Keep the lines of this logger out of Sentry: they hold the API's own words."""
    ignore_logger(log.name)


def report(text: str, fingerprint: list[str]) -> None:
    """Report a trouble to Sentry, where equal ones by their fingerprint are one issue."""
    with sentry_sdk.new_scope() as scope:
        scope.fingerprint = fingerprint
        scope.capture_message(text, level="error")
