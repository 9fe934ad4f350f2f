"""How a worker writes its log: text on a terminal, else a JSON object on each line.

Only the handlers that Celery makes for the worker are touched: an application that has set up
logging by itself keeps what it has set up.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from celery import signals
from celery.utils.log import ColorFormatter

from batchline.producers.settings import Settings
from batchline.systems.scrub import Scrubber
from batchline.worker.runtime.sentry import secrets_of

#: Celery's formatters: that of the worker's log, and what derives from it.
OF_CELERY = (ColorFormatter,)


class JsonFormatter(logging.Formatter):
    """One JSON object for each record: its own keys, and the `fields` that it was given."""

    def __init__(self, scrubber: Scrubber) -> None:
        super().__init__()
        self._scrubber = scrubber

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON. The text of an exception, which nobody wrote for a log, is masked."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self._scrubber.text(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def install(settings: Settings) -> None:
    """Have the worker of this process write its log as the settings say."""
    if settings.log_format == "text":
        return
    formatter = JsonFormatter(Scrubber(secrets_of(settings)))

    def reformat(logger: logging.Logger, **_: Any) -> None:
        for handler in logger.handlers:
            is_celerys = isinstance(handler.formatter, OF_CELERY)
            if is_celerys and not (settings.log_format == "auto" and _is_terminal(handler)):
                handler.setFormatter(formatter)

    for signal in (signals.after_setup_logger, signals.after_setup_task_logger):
        signal.connect(reformat, weak=False, dispatch_uid=f"batchline.{id(signal)}")
    signals.celeryd_after_setup.connect(_without_banner, dispatch_uid="batchline.banner")


def _without_banner(instance: Any, **_: Any) -> None:
    """No banner of Celery before lines of JSON: whoever reads these cannot read it."""
    handlers = logging.getLogger().handlers
    if any(isinstance(handler.formatter, JsonFormatter) for handler in handlers):
        instance.quiet = True


def _is_terminal(handler: logging.Handler) -> bool:
    is_terminal = getattr(getattr(handler, "stream", None), "isatty", None)
    return bool(is_terminal and is_terminal())
