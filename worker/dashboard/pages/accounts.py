"""The tab Accounts: the state of each, its limits and how much of them is used, its pause."""

from __future__ import annotations

from batchline.worker.dashboard.pages import words
from batchline.worker.dashboard.pages.page import Page
from batchline.worker.inspection import accounts_page


class Accounts(Page):
    """All accounts, by name."""

    async def get(self) -> None:
        rows = await self.house.shared(
            "accounts", lambda store: accounts_page.read(store, self.house.settings)
        )
        self.show("accounts", rows=rows, limits=words.limits)
