"""Bulk acts: everything that fits is replayed or purged, by workers, whoever looks at it.

Each is counted first. Who has seen the count confirms it, and it can be paced, stopped, resumed.
"""

from __future__ import annotations

from collections.abc import Callable

from tornado import web

from batchline.worker.dashboard.pages.dead import of_form
from batchline.worker.dashboard.pages.page import Page
from batchline.worker.dead_letters import bulk
from batchline.worker.dead_letters.bulk import BulkAct, BulkRefused, What
from batchline.worker.dead_letters.filter import LANGUAGE, Filter
from batchline.worker.filters.language import BadFilter
from batchline.worker.store import acts, redis_clock
from batchline.worker.store.store import Store
from batchline.worker.troubles.words import span

#: Why an operator may not order it.
LOOKS_INSIDE = (
    "text= looks into the payloads, whose persons you may not see: an admin may order it. "
    "Choose by reason, account, operation and age"
)


def readable(act: BulkAct) -> str:
    """What it is about, in words."""
    return f"{act.what} of {act.filter or 'all dead letters'}"


def state(act: BulkAct) -> str:
    """How far it is, in words."""
    match act.state:
        case "counting":
            return f"counting: {act.looked:,} looked at, {act.total:,} fit so far"
        case "counted":
            return "counted, and waits to be confirmed" if act.left else "counted: nothing fits"
        case "stopped" if not act.begun:
            return "stopped before it was confirmed"
        case "stopped":
            return "stopped"
        case "running" if act.seconds_left:
            return f"running, {span(act.seconds_left * 1000)} to go at least"
    return act.state


class Bulk(Page):
    """All that are remembered, the newest first."""

    async def get(self) -> None:
        found, now = await self.house.shared(
            "bulk", lambda store: (bulk.every(store), redis_clock.now(store))
        )
        self.show("bulk", acts=found, now=now, state=state)


class OneBulk(Page):
    """One: what it is about, how far it is, and what can be done about it."""

    async def get(self, name: str) -> None:
        await self.show_one(name)

    async def show_one(self, name: str, wrong: str = "") -> None:
        """The page; `wrong`: why the last order was refused."""
        found, now = await self.house.read(
            lambda store: (bulk.get(store, name), redis_clock.now(store))
        )
        if found is None:
            raise web.HTTPError(404, f"There is no bulk act {name}.")
        if wrong:
            self.set_status(409)
        self.show("bulk_act", one=found, now=now, state=state, wrong=wrong)


class Order(Page):
    """Orders one: a worker counts it next, and nothing happens before it is confirmed."""

    act = "replay"
    what: What = "replay"

    async def post(self) -> None:
        who, what = str(self.current_user), self.what
        name = self.get_body_argument("name", "").strip()
        superseded = self.get_body_argument("superseded", "") == "yes"
        try:
            wanted, rate = of_form(self), rate_of(self.get_body_argument("rate", ""))
            if wanted.text is not None and not self.may("unmask"):
                raise BadFilter(LOOKS_INSIDE)

            def do(store: Store) -> str:
                return order(store, name, what, wanted, who, rate, superseded)

            name = await self.house.act(do)
        except (BadFilter, BulkRefused) as error:
            raise web.HTTPError(400, str(error)) from None
        self.redirect(self.reverse_url("bulk_act", name), status=303)


class OrderPurge(Order):
    """Orders one that deletes for good."""

    act = "purge"
    what: What = "purge"


def order(
    store: Store,
    name: str,
    what: What,
    wanted: Filter,
    who: str,
    rate: float | None,
    superseded: bool,
) -> str:
    """Order it, and note who has; return its name."""
    name = name or bulk.new_name(store, what)
    bulk.order(store, name, what, wanted, who, rate, superseded)
    acts.write(
        store,
        who,
        f"ordered {what} in bulk",
        LANGUAGE.format(wanted, hides=True) or "all",
        None,
        name,
    )
    return name


def rate_of(text: str) -> float | None:
    """The pace of a form; None: as fast as it goes. Raises BulkRefused."""
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise BulkRefused(f"pace: {text[:20]!r} is no number of letters a second") from None


class _Change(OneBulk):
    """Changes one, as its role may."""

    act = "replay"
    #: Whether a purge needs the role of a purge.
    as_what = True

    async def post(self, name: str) -> None:
        found = await self.house.read(lambda store: bulk.get(store, name))
        if found is None:
            raise web.HTTPError(404, f"There is no bulk act {name}.")
        if self.as_what:
            self.check_may(found.what)
        try:
            await self.house.act(self.change(name, str(self.current_user)))
        except BulkRefused as error:
            await self.show_one(name, str(error))
            return
        self.redirect(self.reverse_url("bulk_act", name), status=303)

    def change(self, name: str, who: str) -> Callable[[Store], BulkAct]:
        """What is done."""
        raise NotImplementedError


class Confirm(_Change):
    """Runs one that is counted, if it is about as many letters as the form says."""

    def change(self, name: str, who: str) -> Callable[[Store], BulkAct]:
        text = self.get_body_argument("count", "").strip().replace(",", "")
        if not text.isdecimal() or len(text) > 12:
            raise BulkRefused("count: type the number of dead letters that it is about")
        return lambda store: bulk.confirm(store, name, int(text), who)


class Stop(_Change):
    """Stops one; whoever may replay may stop a purge too."""

    as_what = False

    def change(self, name: str, who: str) -> Callable[[Store], BulkAct]:
        return lambda store: bulk.stop(store, name, who)


class Resume(_Change):
    """Goes on with one that was stopped."""

    def change(self, name: str, who: str) -> Callable[[Store], BulkAct]:
        return lambda store: bulk.resume(store, name, who)


class Pace(_Change):
    """Sets how fast it goes."""

    def change(self, name: str, who: str) -> Callable[[Store], BulkAct]:
        rate = rate_of(self.get_body_argument("rate", ""))
        return lambda store: bulk.pace(store, name, rate, who)
