"""The tab Accounts: the state of each, its limits and how much of them is used, its pause."""

from __future__ import annotations

from batchline.worker.dashboard.pages.page import Page
from batchline.worker.inspection import accounts_page
from batchline.worker.inspection.surroundings import Use


class Accounts(Page):
    """All accounts, by name."""

    async def get(self) -> None:
        rows = await self.house.shared(
            "accounts", lambda store: accounts_page.read(store, self.house.settings)
        )
        self.show("accounts", rows=rows, limits=limits)


def limits(use: Use | None) -> list[str]:
    """How much of each limit is used, in words. Pure."""
    if use is None:
        return []
    parts = (
        (use.last_second, use.limits.per_second, "a second"),
        (use.last_minute, use.limits.per_minute, "a minute"),
        (use.under_way, use.limits.concurrent, "at once"),
    )
    found = [f"{used:,} of {limit:,g} {what}" for used, limit, what in parts if limit is not None]
    if use.factor < 1:
        found.append(f"{use.factor:.0%} of it since the API said too much")
    return found
