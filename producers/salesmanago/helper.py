"""What every helper is: a call that builds one message and sends it, and `build` that only builds.

The two take the same keywords, but for those of sending.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from batchline.producers.errors import BadArgument
from batchline.producers.frames import without_values
from batchline.producers.options import known_options
from batchline.producers.producer import Producer, default_producer
from batchline.producers.salesmanago.fields import HelperOptions
from batchline.systems.message import Message

P = ParamSpec("P")
Q = ParamSpec("Q")
M_co = TypeVar("M_co", bound=Message, covariant=True)


class Helper(Protocol[P, Q, M_co]):
    """Sends a message when it is called, and returns the message's id."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> str: ...

    @property
    def build(self) -> Callable[Q, M_co]:
        """Validate and return the message, without sending it."""


def built_by(build: Callable[Q, M_co]) -> Callable[[Callable[P, str]], Helper[P, Q, M_co]]:
    """Make a helper of the function that sends and of the one that builds."""

    def helper(send: Callable[P, str]) -> Helper[P, Q, M_co]:
        name, module = f"{send.__qualname__}.build", send.__module__
        build.__name__, build.__qualname__, build.__module__ = "build", name, module
        sending: Any = without_values(known_options(send))
        sending.build = without_values(known_options(build))
        return cast(Helper[P, Q, M_co], sending)

    return helper


def divided(
    arguments: Mapping[str, Any], names: Container[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments with one of these names, and the others."""
    named = {name: value for name, value in arguments.items() if name in names}
    return named, {name: value for name, value in arguments.items() if name not in named}


def build_and_send(
    build: Callable[..., Message],
    producer: Producer | None,
    arguments: Mapping[str, Any],
    *positional: Any,
) -> str:
    """Build the message of the arguments, send it with the others, and return its id.

    Raises BadArgument for a `producer` that is none.
    """
    if producer is not None and not callable(getattr(producer, "send", None)):
        raise BadArgument("producer must be a Producer, or left out")
    options, fields = divided(arguments, HelperOptions.__annotations__)
    message = build(*positional, **fields)
    return (producer or default_producer()).send(message, **cast(HelperOptions, options))


def addressed(
    email: str | None, given: Mapping[str, Any], *names: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The contact as an element of the API's `contacts`, and the other arguments.

    It is named by its id if given, else by its address; `names` are more fields of the element.
    """
    contact, rest = divided(given, ("contact_id", *names))
    contact_id = contact.pop("contact_id", None)
    if contact_id is not None:
        return {"addressee_type": "CONTACT_ID", "value": contact_id, **contact}, rest
    return {"addressee_type": "EMAIL", "value": email, **contact}, rest
