"""The tab Overview: are we well, what is wrong, and what to press."""

from __future__ import annotations

from batchline.worker.dashboard.pages.page import Page
from batchline.worker.inspection import overview


class Overview(Page):
    """One sentence, the troubles with their buttons, and the last hour."""

    async def get(self) -> None:
        found = await self.house.read(lambda store: overview.read(store, self.house.settings))
        self.show("overview", found=found)
