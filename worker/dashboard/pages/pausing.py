"""The acts pause and resume."""

from __future__ import annotations

from tornado import web

from batchline.producers.settings import Settings
from batchline.worker.dashboard.pages.page import Page
from batchline.worker.store import lane_states, pause
from batchline.worker.store.pause import Resumed
from batchline.worker.store.store import Store

#: Characters of a reason that are kept.
LONGEST_REASON = 200


class Pause(Page):
    """Holds an account, an operation or a lane."""

    act = "pause"

    async def post(self) -> None:
        scope, who = self.get_body_argument("scope"), str(self.current_user)
        reason = self.get_body_argument("reason", "").strip()[:LONGEST_REASON]
        why = reason or f"by {who}"

        def do(store: Store) -> None:
            check(store, self.house.settings, scope)
            pause.pause(store, scope, why, who)

        await self.house.act(do)
        self.tell(f"{scope} is paused: messages are accepted, none is sent.")
        self.back()


class Resume(Page):
    """Lets an account, an operation or a lane go on, at once."""

    act = "resume"

    async def post(self) -> None:
        scope, who = self.get_body_argument("scope"), str(self.current_user)

        def do(store: Store) -> Resumed:
            check(store, self.house.settings, scope)
            return pause.resume(store, scope, who)

        resumed = await self.house.act(do)
        verb = "goes on" if resumed.was_paused else "was not paused"
        held = f", {resumed.held:,} held by another pause" if resumed.held else ""
        self.tell(f"{scope} {verb}: {resumed.ready:,} of its lanes tried now{held}.")
        self.back()


def check(store: Store, settings: Settings, scope: str) -> None:
    """Refuse a scope that is no account in the settings and holds no lane."""
    if scope in settings.accounts:
        return
    if not lane_states.names_of(store, scope):
        raise web.HTTPError(400, f"{scope} is no account, and no lane of that name is there.")
