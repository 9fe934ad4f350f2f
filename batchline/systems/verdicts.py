"""What can become of a message and of a request: the words between the engine and the systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Delivered:
    """The API took the message."""


@dataclass(frozen=True, slots=True)
class ContactMissing:
    """The message needs a contact that does not exist yet: it is parked, and tried again."""

    detail: str = "the contact does not exist yet"


@dataclass(frozen=True, slots=True)
class Dead:
    """The message is given up on."""

    #: One of `worker/dead_letters/letter.py`'s REASONS.
    reason: str
    #: More of it: the API's own text where it said any.
    detail: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The API answered, and not whether it took this message: the operation's policy decides."""

    detail: str


@dataclass(frozen=True, slots=True)
class Behind:
    """The message waits outside its lane for an older one of its contact.

    Until just after the last message of that contact which is parked, if any is.
    """

    #: Else so many seconds.
    seconds: float
    detail: str = "waits behind an older message of its contact"


#: What a message can come to in the end.
Verdict = Delivered | ContactMissing | Dead
DELIVERED = Delivered()


@dataclass(frozen=True, slots=True)
class Judged:
    """The API answered for each item: delivered, but for the exceptions."""

    #: Index of the item in the request -> verdict.
    exceptions: Mapping[int, Verdict | Ambiguous] = field(default_factory=dict)
    #: The API's id of the job that will tell what became of the items.
    job: str | None = None
    #: Index of the item -> the API's own id of what it made of it (eventId, requestId ...).
    ids: Mapping[int, str] = field(default_factory=dict)
    #: Index of the item -> its payload with what the answer told: it is planned again with that.
    #: The request was a question on the way, and the API has not taken the item yet.
    again: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobEnded:
    """The result of a job."""

    #: Lower-cased identifier of a contact -> why it is invalid.
    invalid: Mapping[str, str] = field(default_factory=dict)
    #: One identifier of a contact -> another of the same.
    aliases: Mapping[str, str] = field(default_factory=dict)
    #: The API's text when the whole job failed: every message of it is invalid.
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The API refused the request as a whole, for something that stands in one of its items."""

    detail: str


@dataclass(frozen=True, slots=True)
class DestinationFailed:
    """No usable answer: about the lane, not about the messages. They stay where they are."""

    detail: str
    #: Seconds, when the API said how long to wait.
    retry_after: float | None = None
    #: Whether the API may have taken the request all the same.
    ambiguous: bool = False
    #: Whether the answer was there, and too large to be read.
    too_large: bool = False
    #: Whether it was the API's rate limit: no sign that the API is ill.
    throttled: bool = False


@dataclass(frozen=True, slots=True)
class CredentialsRefused:
    """The account cannot be used until somebody acts. It is paused; the messages stay."""

    detail: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer to a question what became of ambiguous messages."""

    #: Index of the item in the request -> Delivered, or Dead where the API cannot tell; the API
    #: has not taken the others.
    found: Mapping[int, Verdict] = field(default_factory=dict)


Outcome = Judged | Refused | DestinationFailed | CredentialsRefused | Verified


@dataclass(frozen=True, slots=True)
class RateLimited:
    """The account's rate limit is used up: no failure, the lane waits for its share."""

    #: Seconds.
    seconds: float
    detail: str = "waits for the rate limit"


@dataclass(frozen=True, slots=True)
class VerifyLater:
    """The API did not say whether it took a message, and is asked when it has had time for it."""

    #: Seconds.
    seconds: float
    detail: str


@dataclass(frozen=True, slots=True)
class ShuttingDown:
    """The worker is to end: what was sent is settled, the rest is another worker's."""

    seconds: float = 0.0
    detail: str = "the worker is shutting down"


@dataclass(frozen=True, slots=True)
class Flooded:
    """Nearly everything is rejected: the lane is paused, what is left of the batch stays."""

    detail: str = "nearly everything is rejected"


#: No failure: the lane waits so many seconds.
Wait = RateLimited | VerifyLater | ShuttingDown
#: Why messages of a batch stay in their lane.
Stop = DestinationFailed | CredentialsRefused | Flooded | Wait
