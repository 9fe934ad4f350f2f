"""What all APIs of one sandbox share: settings, faults, scripts, ledger, log."""

from __future__ import annotations

from batchline.sandbox.faults import Faults
from batchline.sandbox.ledger import Ledger
from batchline.sandbox.request_log import RequestLog
from batchline.sandbox.scripts import Scripts
from batchline.sandbox.settings import Settings


class Desk:
    """Shared by every exchange; `reset` puts new books on it.

    A request that is under way at a reset goes on with the books it began with.
    """

    def __init__(self, settings: Settings) -> None:
        self._started_with = settings
        self.reset()

    def reset(self) -> None:
        """Empty books, no faults, the settings of the start."""
        self.settings = self._started_with
        self.faults = Faults()
        self.scripts = Scripts()
        self.ledger = Ledger()
        self.log = RequestLog()
