"""The tab Trace: where one message is, or the messages of one contact, and what happens next.

Only a message's id is in an address. A contact and an idempotency key come in the body of a form,
so that they are in no log of addresses and in no history of a browser.
"""

from __future__ import annotations

from batchline.producers.outgoing import LONGEST_KEY
from batchline.producers.settings import Settings
from batchline.worker.dashboard.pages.page import Page
from batchline.worker.inspection import trace_page
from batchline.worker.inspection.trace_page import Answer
from batchline.worker.store.message_ids import parse
from batchline.worker.store.store import Store

#: Why an address that asks for something else is refused.
NOT_HERE = (
    "Only the id of a message may stand in the address of this page. Look for a contact or a key "
    "with the form, which leaves them in no log."
)
#: The ways to look for something, as the form names them.
WAYS = {"any": "whatever it is", "id": "message id", "contact": "contact", "key": "idempotency key"}


class Trace(Page):
    """The form, and what it has found."""

    #: A look by a form changes nothing: everybody who has logged in may look.
    act = ""

    async def get(self) -> None:
        asked = self.get_query_argument("q", "")
        if not asked:
            self._answer(None)
        elif not is_id(asked):
            self.set_status(400)
            self._answer(None, wrong=NOT_HERE)
        else:
            self._answer(await self._read("id", asked), asked)

    async def post(self) -> None:
        asked, way = self.get_body_argument("q", ""), self.get_body_argument("by", "any")
        if is_id(asked) and way in ("any", "id"):
            self.redirect(f"{self.reverse_url('trace')}?q={asked}", status=303)
        elif problem := wrong(asked, way):
            self.set_status(400)
            self._answer(None, wrong=problem, way=way)
        else:
            self._answer(await self._read(way, asked), way=way)

    async def _read(self, way: str, asked: str) -> Answer:
        settings: Settings = self.house.settings

        def read(store: Store) -> Answer:
            return trace_page.read(store, settings, way, asked)

        return await self.house.read(read)

    def _answer(
        self, found: Answer | None, asked: str = "", wrong: str = "", way: str = "any"
    ) -> None:
        letters = "letter" in self.application.wildcard_router.named_rules
        self.show(
            "trace", found=found, asked=asked, wrong=wrong, way=way, ways=WAYS, letters=letters
        )


def is_id(text: str) -> bool:
    """Whether the text is the id of a message."""
    try:
        parse(text)
    except ValueError:
        return False
    return True


def wrong(asked: str, way: str) -> str:
    """Why nothing is looked for; "" where it is."""
    if way not in WAYS:
        return f"{way} is no way to look for a message."
    if not asked.strip():
        return "Give the id of a message, a contact, or an idempotency key."
    if len(asked) > LONGEST_KEY:
        return f"This is longer than {LONGEST_KEY} characters, and so is no id, contact or key."
    if way == "id":
        return "This is no message id such as default:event.add:0@1795248000000-0."
    return ""
