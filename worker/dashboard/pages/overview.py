"""The tab Overview: are we well, what is wrong, and what to press."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from batchline.worker.dashboard.pages.page import Page
from batchline.worker.dead_letters.filter import LANGUAGE, Filter
from batchline.worker.inspection import overview
from batchline.worker.troubles.kinds import KINDS


class Home(Page):
    """The address of Flower itself. A page may not stand here: Flower's script would take it for
    its own list of workers.
    """

    def get(self) -> None:
        self.redirect(self.reverse_url("overview"))


class Overview(Page):
    """One sentence, the troubles with their buttons, and the last hour."""

    async def get(self) -> None:
        found = await self.house.shared(
            "overview", lambda store: overview.read(store, self.house.settings)
        )
        self.show("overview", found=found, resumes=resumes, letters_of=letters_of)


def letters_of(trouble: Mapping[str, Any]) -> str | None:
    """The query of the page with the dead letters that a trouble is about; None: it is about none.

    Pure.
    """
    kind = KINDS.get(trouble["kind"])
    if kind is None or not (kind.reason or kind.ends == "seen"):
        return None
    account, operation = trouble["account"] or None, trouble["operation"] or None
    wanted = Filter(account, operation, kind.reason or None)
    where = LANGUAGE.format(wanted)
    return f"?{urlencode({'where': where})}" if where else ""


def resumes(trouble: dict[str, Any]) -> bool:
    """Whether a button ends the trouble: it is a pause. Pure."""
    kind = KINDS.get(trouble["kind"])
    return kind is not None and kind.ends == "resume"
