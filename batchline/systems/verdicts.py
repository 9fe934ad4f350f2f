"""Verdicts on messages and outcomes of requests: the vocabulary of the engine and the systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Delivered:
    """The API took the message."""


@dataclass(frozen=True, slots=True)
class ContactMissing:
    """The message needs a contact that does not exist yet: it is parked, and tried again."""

    detail: str = "the contact does not exist yet"


@dataclass(frozen=True, slots=True)
class Unshown:
    """The API may have taken the message, and does not show its contact, which may appear yet.

    It is parked, and asked about again: never sent on a guess. The engine alone gives this verdict
    (`worker/delivery/interpret.py`).
    """

    detail: str
    #: The payload of the question's item: the message as it may have been sent.
    asked: bytes


@dataclass(frozen=True, slots=True)
class Dead:
    """The message becomes a dead letter."""

    #: A code: one of REASONS in `worker/dead_letters/letter.py`.
    reason: str
    #: A text about it: the API's own where it gave one.
    detail: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The answer does not say whether the API took this message: the operation's policy decides."""

    detail: str


@dataclass(frozen=True, slots=True)
class Behind:
    """The message waits outside its lane for an older one of its contact.

    It comes back just after the last parked message of the contact.
    """

    #: Seconds after which it comes back if no message of the contact is parked.
    seconds: float
    detail: str = "waits behind an older message of its contact"


@dataclass(frozen=True, slots=True)
class Suspected:
    """The API fails whenever it gets this message, and takes others: it waits outside its lane.

    It is tried again, by itself; the engine alone gives this verdict (`worker/delivery/blame.py`).
    """

    detail: str
    #: The message as it was sent, if the API may have taken it: it is asked first; else b"".
    asked: bytes = b""


@dataclass(frozen=True, slots=True)
class OnTrial:
    """The API fails on the message and others together, and takes others: they wait outside.

    When they come back the API is asked about them, and their halves are sent by themselves; the
    engine alone gives this verdict (`worker/delivery/blame.py`).
    """

    #: It begins with the name of the trial (`worker/store/parking.py`).
    detail: str
    #: The message as it was sent, if the API may have taken it; else b"".
    asked: bytes = b""


@dataclass(frozen=True, slots=True)
class Erased:
    """The message is about a suppressed contact, and is never sent; the engine alone says so."""


#: The end of a message.
Verdict = Delivered | ContactMissing | Unshown | Suspected | OnTrial | Dead
DELIVERED = Delivered()


@dataclass(frozen=True, slots=True)
class Judged:
    """The API answered for each item: every item is delivered, except the exceptions."""

    #: Index of the item in the request -> verdict.
    exceptions: Mapping[int, Verdict | Ambiguous] = field(default_factory=dict)
    #: The API's id of the job whose result says what became of the items.
    job: str | None = None
    #: Index of the item -> the API's own id of the object made from it (eventId, requestId ...).
    ids: Mapping[int, str] = field(default_factory=dict)
    #: Index of the item -> its payload, completed from the answer, with which it is planned again.
    #: The request was a question that comes first, and the API has not taken the item yet.
    again: Mapping[int, bytes] = field(default_factory=dict)
    #: What the API counted, where that is another number than it was sent and is no reason to doubt
    #: the verdicts; "" where it fits. It is told as the trouble `miscounted`.
    miscount: str = ""


@dataclass(frozen=True, slots=True)
class Invalid:
    """One contact that the result of a job calls invalid."""

    #: Lower-cased identifiers of the contact; () where the entry has none that can be read.
    names: tuple[str, ...]
    #: Why the contact is invalid.
    reason: str


@dataclass(frozen=True, slots=True)
class JobEnded:
    """The result of a job.

    Where an entry of `invalid` names no message of the job, nobody knows which message it means:
    then the others of the job stay unconfirmed.
    """

    invalid: Sequence[Invalid] = ()
    #: One identifier of a contact -> another identifier of that contact.
    aliases: Mapping[str, str] = field(default_factory=dict)
    #: The API's text when the whole job failed: every message in it is invalid.
    failed: str | None = None
    #: Why the result confirms nobody, although it does not say that the whole job failed.
    unconfirmed: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The API refused the request as a whole, because of one or more of its items."""

    detail: str


@dataclass(frozen=True, slots=True)
class DestinationFailed:
    """No usable answer: it concerns the lane, not the messages. They stay in the lane."""

    detail: str
    #: Seconds to wait, where the API named them.
    retry_after: float | None = None
    #: Whether the API may have taken the request.
    ambiguous: bool = False
    #: Whether there was an answer, but too large to be read.
    too_large: bool = False
    #: Whether the API's rate limit refused the request: no sign that the API has failed.
    throttled: bool = False
    #: Whether it says so in words alone, which may be about a value in one of the messages.
    in_words: bool = False
    #: Whether the host could not be reached: it has seen nothing of the request.
    unreachable: bool = False
    #: Whether something before the API, such as a gateway, refused the request, perhaps for what is
    #: in it: the API has not seen it.
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class CredentialsRefused:
    """The API refused the account's credentials.

    Where it can be asked (`ChecksCredentials`) and refuses them again, or cannot be asked, the
    account is paused and the messages stay.
    """

    detail: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer to the question whether the API took ambiguous messages."""

    #: Index of the item in the request -> Delivered, or Dead where the API can never tell. The API
    #: has not taken the items that are in none of these mappings.
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    #: Index of the item -> why the answer does not say whether the API took it. It is asked again a
    #: few times; then the message is held.
    unknown: Mapping[int, str] = field(default_factory=dict)
    #: Index of the item -> why its contact is not shown, which may appear yet: the message is
    #: parked, and asked about again until `replay.until`; then it is held.
    unshown: Mapping[int, str] = field(default_factory=dict)
    #: Index of the item -> UNIX seconds until which the API, which has not done it, may do it by
    #: itself, for it was perhaps waiting for the contact. Until then it is as in `unshown`; later
    #: the API has not taken the item.
    kept: Mapping[int, float] = field(default_factory=dict)


Outcome = Judged | Refused | DestinationFailed | CredentialsRefused | Verified


@dataclass(frozen=True, slots=True)
class RateLimited:
    """The account's rate limit is used up: the lane waits for its share. It is no failure."""

    #: Seconds that the lane waits.
    seconds: float
    detail: str = "waits for the rate limit"


@dataclass(frozen=True, slots=True)
class VerifyLater:
    """The API did not say whether it took a message; it is asked when it has had time for it."""

    #: Seconds until the API is asked.
    seconds: float
    detail: str


@dataclass(frozen=True, slots=True)
class ShuttingDown:
    """The worker is to end: sent messages are settled, another worker delivers the rest."""

    seconds: float = 0.0
    detail: str = "the worker is shutting down"


@dataclass(frozen=True, slots=True)
class Newer:
    """The lane's head was written by a newer release: a worker of that release delivers it."""

    #: Seconds after which any worker may look again.
    seconds: float = 5.0
    detail: str = "waits for a worker of a newer release, which wrote the next message's format"


@dataclass(frozen=True, slots=True)
class Flooded:
    """Nearly every message is rejected: the lane is paused, and the rest of the batch stays."""

    detail: str = "nearly everything is rejected"


#: No failure: the lane waits `seconds`.
Wait = RateLimited | VerifyLater | ShuttingDown | Newer
#: The reason for which messages of a batch stay in their lane.
Stop = DestinationFailed | CredentialsRefused | Flooded | Wait
