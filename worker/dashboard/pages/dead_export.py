"""Everything that fits as a file of JSON lines, page by page: it never stands in memory whole."""

from __future__ import annotations

from tornado import web
from tornado.iostream import StreamClosedError

from batchline.worker.dashboard.pages.dead import of_form
from batchline.worker.dashboard.pages.page import Page
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import LANGUAGE, Filter
from batchline.worker.dead_letters.lines import to_line
from batchline.worker.dead_letters.store import Page as Letters
from batchline.worker.filters.language import BadFilter
from batchline.worker.store import acts, redis_clock
from batchline.worker.store.store import Store


class Export(Page):
    """A download of letters, as `batchline dead export` writes it, in the order of their death."""

    act = "export"

    async def post(self) -> None:
        try:
            wanted = of_form(self)
        except BadFilter as error:
            raise web.HTTPError(400, str(error)) from None
        who, on = str(self.current_user), LANGUAGE.format(wanted, hides=True) or "all"
        first, last = await self.house.act(lambda store: _begin(store, wanted, who, on))
        self.set_header("Content-Type", "application/x-ndjson; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="dead-letters.jsonl"')
        self.set_header("Cache-Control", "no-store")
        pages = dead_letters.find_pages
        done, detail = 0, "broken off"
        try:
            found = await self.house.read(lambda store: pages(store, first, last))
            while True:
                page: Letters | None = await self.house.read(lambda store: next(found, None))
                if page is None:
                    break
                fitting = [one for one in page.letters if wanted.fits(one)]
                self.write("".join(f"{to_line(one)}\n" for one in fitting))
                await self.flush()
                done += len(fitting)
            detail = ""
        except StreamClosedError:
            pass  # whoever asked has gone away
        finally:
            await self.house.act(lambda store: acts.write(store, who, "exported", on, done, detail))


def _begin(store: Store, wanted: Filter, who: str, on: str) -> tuple[int | str, int]:
    """Note that it begins; between which UNIX ms its letters died."""
    acts.write(store, who, "export begun", on)
    now = redis_clock.now(store)
    first = "-inf" if wanted.since is None else now - round(wanted.since * 1000)
    return first, now - round((wanted.until or 0) * 1000)
