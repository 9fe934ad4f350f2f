"""Asks an API about single messages: whether it took them, and whether what they name is there.

For people, about a dead letter or before a message goes out. It changes nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from batchline.producers.errors import CallRefused
from batchline.systems.columns import Item
from batchline.systems.contract import Inquires, Verifies
from batchline.systems.errors import BatchlineError
from batchline.systems.lenient import Maybe, fields, text
from batchline.systems.question import Inquiry
from batchline.systems.registry import systems
from batchline.systems.requests import Request
from batchline.systems.verdicts import Dead, Delivered, Verified
from batchline.worker.delivery.asking import Asker
from batchline.worker.delivery.interpret import KEPT

#: The answers, for people and scripts.
WORDS = {True: "yes", False: "no", None: "unknown"}
#: The question whether the API has the event, the coupon, or the use of the coupon.
TOOK = "has the API taken the message?"


@dataclass(frozen=True, slots=True)
class Inquired:
    """One question about a message, and its answer."""

    asks: str
    about: str
    #: The API's method that was asked.
    method: str
    says: Maybe
    #: Why the answer is unknown, as far as that is known.
    detail: str = ""

    def as_dict(self) -> dict[str, str]:
        shown = {"asks": self.asks, "about": self.about, "method": self.method}
        return {**shown, "says": WORDS[self.says], **({"why": self.detail} if self.detail else {})}


class Inquirer:
    """Asks one account about messages: each question once, and `most` questions at most.

    Where a question fails for the account's sake or the API's, no other is asked: each could wait
    for its timeouts.
    """

    def __init__(self, asker: Asker, most: int) -> None:
        self._asker = asker
        self._adapter = systems()[asker.account.system].adapter
        self._known: set[tuple[str, bytes, str]] = set()
        self._left = most
        #: Questions that were not asked.
        self.left_out = 0
        #: Why no further question is asked; "" if all are.
        self.failure = ""

    def about(self, item: Item, was_sent: bool = True) -> list[Inquired]:
        """The questions about the message, with the answers, as far as they are asked.

        `was_sent`: whether to ask if the API took it, too.
        """
        return list(self._about(item, was_sent))

    def _about(self, item: Item, was_sent: bool) -> Iterator[Inquired]:
        if was_sent:
            for request in self._verifying(item):
                method = request.endpoint.path.removeprefix("/api/")
                answer = self._answer(request, partial(self._took, request, method))
                if answer is not None:
                    yield Inquired(TOOK, _named(item), method, *answer)
        for one in self._inquiries(item):
            answer = self._answer(one.question.request, partial(self._says, one))
            if answer is not None:
                yield Inquired(one.asks, one.about, one.question.name, *answer)

    def _verifying(self, item: Item) -> list[Request]:
        """The requests that ask whether the API took the message; none where it cannot be asked."""
        if not isinstance(self._adapter, Verifies):
            return []
        try:
            return self._adapter.verify([item], item.operation)
        except (KeyError, TypeError, ValueError):
            return []  # it is no message of an operation that is known here

    def _inquiries(self, item: Item) -> list[Inquiry]:
        """The questions about what the message names, up to one that cannot be asked."""
        found: list[Inquiry] = []
        if isinstance(self._adapter, Inquires):
            with suppress(KeyError, TypeError, ValueError):
                for one in self._adapter.inquiries(item):
                    found.append(one)
        return found

    def _answer(
        self, request: Request, ask: Callable[[], tuple[Maybe, str]]
    ) -> tuple[Maybe, str] | None:
        """The answer and why it is unknown; None: it is asked already, or left out."""
        (item,) = request.items
        key = request.path, item.payload, item.options
        if key in self._known:
            return None
        self._known.add(key)
        if self.failure or not self._left:
            self.left_out += 1
            return None
        self._left -= 1
        return self._asked(ask)

    def _asked(self, ask: Callable[[], tuple[Maybe, str]]) -> tuple[Maybe, str]:
        try:
            return ask()
        except CallRefused as error:
            return None, str(error)
        except BatchlineError as error:
            self.failure = str(error)
            return None, self.failure

    def _took(self, request: Request, method: str) -> tuple[Maybe, str]:
        return took(self._asker.verify(request, method))

    def _says(self, inquiry: Inquiry) -> tuple[Maybe, str]:
        says = inquiry.says(self._asker.ask(inquiry.question))
        return says, "" if says is not None else f"{inquiry.question.name} does not say"


def _named(item: Item) -> str:
    """The message's contact, and the message's own identifier where it has one."""
    payload = fields(json.loads(item.payload))
    for part in (payload, fields(payload.get("contactEvent"))):
        identifier = text(part.get("externalId")) or text(part.get("coupon"))
        if identifier:
            return f"{item.contact}, {identifier}"
    return item.contact


def took(verified: Verified) -> tuple[Maybe, str]:
    """Whether the API took the only message that it was asked about, and why that is unknown."""
    match verified.verdicts.get(0):
        case Delivered():
            return True, ""
        case Dead(detail=detail):
            return None, detail
    late = KEPT if time.time() < verified.kept.get(0, 0.0) else ""
    unknown = verified.unknown.get(0) or verified.unshown.get(0) or late
    return (None, unknown) if unknown else (False, "")
