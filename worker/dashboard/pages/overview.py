"""The tab Overview: are we well, what is wrong, and what to press."""

from __future__ import annotations

from typing import Any

from batchline.worker.dashboard.pages.page import Page
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
        self.show("overview", found=found, resumes=resumes)


def resumes(trouble: dict[str, Any]) -> bool:
    """Whether a button ends the trouble: it is a pause. Pure."""
    kind = KINDS.get(trouble["kind"])
    return kind is not None and kind.ends == "resume"
