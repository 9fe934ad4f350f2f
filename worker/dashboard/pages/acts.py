"""The tab Acts: who did what to what, and when."""

from __future__ import annotations

from urllib.parse import urlencode

from batchline.worker.dashboard.pages.page import Page
from batchline.worker.store import acts

#: Lines of one page.
PAGE = 100


class Acts(Page):
    """The newest acts first."""

    async def get(self) -> None:
        before = self.get_query_argument("before", "")
        account = self.get_query_argument("account", "").strip()
        lines = await self.house.read(lambda store: acts.read(store, PAGE, before, account))
        query = {"account": account} if account else {}
        older = urlencode({**query, "before": lines[-1].id}) if len(lines) == PAGE else ""
        self.show("acts", lines=lines, older=older, account=account)
