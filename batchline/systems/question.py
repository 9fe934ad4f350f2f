"""A question to an API: a request that changes nothing there, and the meaning of its answer.

An answer is read leniently. What it does not say is unknown, and never "no".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from batchline.systems.columns import Item
from batchline.systems.lenient import Maybe
from batchline.systems.message import compact_json
from batchline.systems.requests import QUESTION, Endpoint, HttpAnswer, Request

#: Seconds that a question waits for the account's rate limit, if nobody says otherwise.
WAIT = 10.0
#: The question about a message's contact, in words.
CONTACT_THERE = "is the contact there?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an API answered to a question. A field is None where the answer does not say it."""

    #: The API's own answer, its JSON as it came. It holds personal data: no repr shows it.
    raw: Any = field(repr=False)


R = TypeVar("R", bound=Result)
R_co = TypeVar("R_co", bound=Result, covariant=True)


def says_nothing(answer: HttpAnswer) -> None:
    """The answer has no meaning for the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[R_co]):
    """One question to an API."""

    #: The name of the system.
    system: str
    #: The method's name for people, such as `contact/hasContact`.
    name: str
    request: Request
    #: Makes the result of an answer that the system judges to be a success; None: the documents
    #: know no such answer.
    read: Callable[[HttpAnswer], R_co | None]
    #: Makes the result of a refusal by which the API says that the object is not there; None: the
    #: refusal does not say so.
    missing: Callable[[HttpAnswer], R_co | None] = says_nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A question about one message whose answer is yes or no, for people."""

    #: The question in words, such as "is the contact there?".
    asks: str
    #: What it asks about: a contact, a push, a user.
    about: str
    question: Question[Any]
    #: Makes yes, no or unknown of the question's result.
    says: Callable[[Any], Maybe]


def request(
    endpoint: Endpoint,
    fields: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
    **parameters: object,
) -> Request:
    """The request of a question: its fields are those of a message with these options.

    So the API's words about it are made fit to be shown like those about a message.
    """
    around = compact_json(options).decode() if options else ""
    item = Item(compact_json(fields), "", around, (0,), QUESTION)
    return endpoint.request((item,), **parameters)
