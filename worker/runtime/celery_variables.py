"""Celery's own variables: they would override the broker of Batchline's settings silently.

Batchline's Celery app (`batchline/app.py`) does not follow them. They may be another application's.
"""

from __future__ import annotations

import os

from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError

#: What Celery itself takes for its broker. `celery --broker` sets the first one.
BROKER = ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL", "BROKER_URL")
#: What it takes for a store of results, of which Batchline has none.
RESULTS = ("CELERY_RESULT_BACKEND", "RESULT_BACKEND")


def warnings(settings: Settings) -> list[str]:
    """A line for each variable of Celery's that is set and not followed."""
    try:
        own = settings.celery_url()
    except BatchlineError:
        own = ""
    brokers = [name for name in BROKER if os.environ.get(name, own) != own]
    return [
        *(
            f"{name} is set and not used: Batchline's broker is broker_url, or BATCHLINE_BROKER_URL"
            for name in brokers
        ),
        *(
            f"{name} is set and not used: Batchline keeps no results of tasks"
            for name in RESULTS
            if os.environ.get(name)
        ),
    ]
