"""The tab Requests: what was sent to the APIs, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from batchline.producers.settings import Settings
from batchline.worker.dashboard.pages.page import Page
from batchline.worker.filters.language import BadFilter
from batchline.worker.inspection import kept
from batchline.worker.inspection.kept import Found
from batchline.worker.inspection.requests_filter import (
    LANGUAGE,
    STATUSES,
    VERDICTS,
    RequestsFilter,
)
from batchline.worker.store.store import Store

EVERY = RequestsFilter()
#: Requests of one page.
PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page asks for."""

    wanted: RequestsFilter = EVERY
    page: int = 1
    #: What is wrong with the filter, in words.
    wrong: str = ""

    @classmethod
    def of(cls, query: str) -> Asked:
        """From the query of an address; a filter that cannot be read asks for nothing."""
        fields = parse_qs(query)
        number = fields.get("page", ["1"])[0]
        page = max(1, int(number)) if number.isdecimal() and len(number) < 5 else 1
        try:
            return cls(LANGUAGE.from_query(fields), page)
        except BadFilter as error:
            return cls(page=page, wrong=str(error))

    def address(self, page: int) -> str:
        """The query of another page."""
        pairs: list[tuple[str, Any]] = [*LANGUAGE.to_pairs(self.wanted)]
        return f"?{urlencode([*pairs, ('page', page)])}"


def read(store: Store, settings: Settings, asked: Asked) -> tuple[Found, list[str]]:
    """The page's requests, and the accounts that may have some."""
    found = kept.find(store, settings, asked.wanted, PAGE, (asked.page - 1) * PAGE)
    return found, kept.accounts(store, settings)


class Requests(Page):
    """The requests that fit the filter of the address, the newest first."""

    async def get(self) -> None:
        asked = Asked.of(self.request.query)
        found, accounts = await self.house.shared(
            ("requests", asked), lambda store: read(store, self.house.settings, asked)
        )
        if asked.wrong:
            self.set_status(400)
        self.show(
            "requests",
            asked=asked,
            found=found,
            accounts=accounts,
            statuses=STATUSES,
            verdicts=VERDICTS,
            keeps=self.house.settings.keep_requests,
        )
