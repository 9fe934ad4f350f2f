"""The state that all APIs of one sandbox share: settings, faults, scripts, ledger, log."""

from __future__ import annotations

from batchline.sandbox.faults import Faults
from batchline.sandbox.ledger import Ledger
from batchline.sandbox.request_log import RequestLog
from batchline.sandbox.scripts import Scripts
from batchline.sandbox.settings import Settings


class Desk:
    """The shared state of one sandbox; `reset` replaces all its parts.

    A request that is under way at a reset goes on with the parts that it began with.
    """

    def __init__(self, settings: Settings) -> None:
        self._started_with = settings
        self.reset()

    def reset(self) -> None:
        """Return to an empty ledger and log, no faults, and the settings at the start."""
        self.settings = self._started_with
        self.faults = Faults()
        self.scripts = Scripts()
        self.ledger = Ledger()
        self.log = RequestLog()
