"""The oracle: hands out messages with ids of its own, and remembers what was acknowledged."""

from __future__ import annotations

import random
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Literal

from batchline.producers import Outgoing
from batchline.systems.message import Message
from batchline.systems.salesmanago.messages import (
    ContactUpsert,
    CouponRedemption,
    CustomPush,
    ExternalEvent,
    Push,
)
from tests.chaos.policies import ACCOUNTS, Policy, policy
from tests.chaos.troubles import CRASH_MARK, GATEWAY_MARK

#: Contacts of each writer in each account; the first is poison.
CONTACTS = 8
#: Two campaigns: equal pushes travel together.
PUSH_IDS = tuple(str(uuid.UUID(int=number)) for number in (0xA1, 0xB2))
#: Properties that the upserts of a contact set in turn, so that none of the last can be missing.
PROPERTIES = 12
#: Share of the messages that the API refuses whatever comes with them.
POISON_SHARE = 0.006
POISON_UPSERT_SHARE = 0.02
#: Share of events and coupons whose content the gateway before the API refuses, and on which the
#: API falls over; of upserts, the share that is of a contact whose properties the gateway refuses.
BLOCKED_SHARE, CRASH_SHARE = 0.003, 0.002
BLOCKED_UPSERT_SHARE = 0.01
#: Share of events that come with others of the same contact and externalId.
SIBLINGS_SHARE = 0.05
#: Types of such events, one each.
SIBLING_TYPES = ("PURCHASE", "CART", "RETURN", "OTHER")
#: How the externalId of such events begins.
SHARED = "shared-"
#: Share of chunks with an event whose contact comes later, or never.
LATE_SHARE, NEVER_SHARE = 0.06, 0.02
#: Seconds until a late contact's upsert is enqueued.
LATE_BY = (0.5, 2.0)
#: Users of every account; a contact is always one user's.
OWNERS = ("one@shop.example", "two@shop.example")
#: What is enqueued, as often as it comes.
MIX = ("event.add",) * 10 + ("contact.upsert",) * 6 + ("push.send",) * 2 + ("coupon.redeem",) * 3
CUSTOM_PUSH_SHARE = 0.2

#: What an obligation's message is to meet: a contact that exists, a refusal of its own, a contact
#: that comes later or never, a gateway that refuses its content, an API that falls over it.
Fate = Literal["deliver", "poison", "late", "never", "blocked", "crash"]
#: Messages that never can be delivered, and what they become.
DOOMED: dict[Fate, str] = {"poison": "rejected", "blocked": "blocked", "crash": "poison"}
#: acknowledged: its id was returned. unknown: the outcome stayed unknown, and it was not repeated.
#: refused: the producer said that nothing was enqueued, and it was not repeated.
State = Literal["pending", "acknowledged", "unknown", "refused"]


@dataclass(slots=True)
class Obligation:
    """One message and what was promised about it."""

    #: As the sandbox's ledger names the item. For an upsert, and only there, not unique: the email.
    id: str
    account: str
    operation: str
    policy: Policy
    fate: Fate
    contact: str
    #: Of a contact's upserts: 1, 2, 3, ...
    counter: int = 0
    state: State = "pending"
    message_id: str = ""
    #: When it was acknowledged, by the monotonic clock.
    acknowledged_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Handed:
    """A message to enqueue and its obligation."""

    obligation: Obligation
    outgoing: Outgoing


class Writer:
    """Makes one writer's messages. Its contacts are its own, so that their order is its own."""

    def __init__(self, number: int, seed: int, poison: Callable[[str], None]) -> None:
        """`poison` is told every id that the API is to refuse, before its message is made."""
        self.number = number
        self.dice = random.Random(f"oracle:{seed}:{number}")
        self.obligations: list[Obligation] = []
        #: Whether it hands out nothing yet that a gateway refuses, or that the API falls over.
        self.calm = False
        self._poison = poison
        self._ids = count(1)
        self._counters: dict[str, int] = {}
        self._late: list[tuple[float, str, str]] = []  # time, account, email

    def introductions(self) -> list[Handed]:
        """The first upsert of every contact."""
        handed = []
        for account in ACCOUNTS:
            for place in range(CONTACTS):
                email = self._email(account, place)
                if place == 0:
                    self._poison(email)
                handed.append(self._upsert(account, email))
        return handed

    def chunk(self, now: float) -> list[Handed]:
        """Some messages of one account; `now` in seconds, for contacts that are due."""
        account = self.dice.choice(ACCOUNTS)
        made: list[Handed] = []
        for _ in range(self.dice.choice((1, 2, 5, 10, 20, 40))):
            made += self._any(account)
        fortune = self.dice.random()
        if fortune < LATE_SHARE + NEVER_SHARE:
            made += self._strangers(account, now, comes=fortune < LATE_SHARE)
        return made + list(self.late(now))

    def passer_by(self, account: str, operation: str) -> Handed:
        """A message of that operation that is to be delivered."""
        email = self._email(account, self.dice.randrange(1, CONTACTS))
        if operation == "contact.upsert":
            return self._upsert(account, email)
        if operation == "event.add":
            return self._event(account, email, "deliver")
        if operation == "coupon.redeem":
            return self._coupon(account, email, "deliver")
        return self._push(account, custom=operation == "push.send_custom")

    def late(self, now: float = float("inf")) -> Iterator[Handed]:
        """The upserts of late contacts that are due."""
        due = [entry for entry in self._late if entry[0] <= now]
        self._late = [entry for entry in self._late if entry[0] > now]
        for _, account, email in due:
            yield self._upsert(account, email)

    def _any(self, account: str) -> list[Handed]:
        operation = self.dice.choice(MIX)
        email = self._email(account, self.dice.randrange(1, CONTACTS))
        if operation == "contact.upsert":
            fortune = self.dice.random()
            if fortune < POISON_UPSERT_SHARE:
                email = self._email(account, 0)
            elif fortune < POISON_UPSERT_SHARE + BLOCKED_UPSERT_SHARE and not self.calm:
                email = self._blocked_email(account)
            return [self._upsert(account, email)]
        if operation == "event.add":
            if self.dice.random() < SIBLINGS_SHARE:
                return self._siblings(account, email)
            return [self._event(account, email, self._fate(marks=True))]
        if operation == "coupon.redeem":
            return [self._coupon(account, email, self._fate(marks=True))]
        return [self._push(account, custom=self.dice.random() < CUSTOM_PUSH_SHARE)]

    def _strangers(self, account: str, now: float, comes: bool) -> list[Handed]:
        """Events of a contact that does not exist yet, or never will."""
        email = f"{'late' if comes else 'never'}-{self._id()}@{account}.example"
        if comes:
            self._late.append((now + self.dice.uniform(*LATE_BY), account, email))
        fate: Fate = "late" if comes else "never"
        return [self._event(account, email, fate) for _ in range(self.dice.randint(1, 3))]

    def _upsert(self, account: str, email: str) -> Handed:
        number = self._counters[email] = self._counters.get(email, 0) + 1
        set_here, fate = properties(number), self._fate_of_contact(account, email)
        if fate == "blocked":
            set_here["about"] = GATEWAY_MARK
        fields = {"contact": {"email": email}, "properties": set_here}
        message = ContactUpsert.model_validate({**fields, "owner": _owner(email)})
        return self._hand(account, message, email, email, fate, number)

    def _event(self, account: str, email: str, fate: Fate) -> Handed:
        name = f"ev-{self._id()}"
        fields = {
            "date": datetime.now(UTC),
            "contactExtEventType": "PURCHASE",
            "externalId": name,
            "value": 12.5,
        }
        if fate in _MARKS:
            fields["description"] = f"a note {_MARKS[fate]}"
        fields = {"email": email, "contactEvent": fields, "owner": _owner(email)}
        return self._hand(account, ExternalEvent.model_validate(fields), name, email, fate)

    def _coupon(self, account: str, email: str, fate: Fate) -> Handed:
        code = f"SB-{self._id()}{_MARKS.get(fate, '')}"
        message = CouponRedemption(email=email, coupon=code)
        return self._hand(account, message, code, email, fate)

    def _siblings(self, account: str, email: str) -> list[Handed]:
        """Events of one contact with one externalId: only type and date tell them apart."""
        shared, now = f"{SHARED}{self._id()}", datetime.now(UTC)
        types = self.dice.sample(SIBLING_TYPES, self.dice.randint(2, len(SIBLING_TYPES)))
        handed = []
        for place, kind in enumerate(types):
            at = now - timedelta(seconds=place)
            event = {"date": at, "contactExtEventType": kind, "externalId": shared}
            fields = {"email": email, "contactEvent": event, "owner": _owner(email)}
            message = ExternalEvent.model_validate(fields)
            handed.append(
                self._hand(account, message, sibling_name(shared, kind), email, "deliver")
            )
        return handed

    def _push(self, account: str, custom: bool) -> Handed:
        email = f"device-{self._id()}@{account}.example"
        message: Message
        if custom:
            title = f"custom-{self.number}"
            message = CustomPush(
                application_id="shop", title=title, deeplink="shop://sale", email=email
            )
            return self._hand(account, message, f"{title}:{email}", email, self._fate())
        push_id = self.dice.choice(PUSH_IDS)
        message = Push(application_id="shop", push_id=push_id, email=email)
        return self._hand(account, message, f"{push_id}:{email}", email, self._fate())

    def _hand(
        self, account: str, message: Message, name: str, email: str, fate: Fate, counter: int = 0
    ) -> Handed:
        if fate == "poison" and not counter:
            self._poison(name)
        operation = message.operation
        obligation = Obligation(
            name, account, operation, policy(account, operation), fate, email, counter
        )
        self.obligations.append(obligation)
        key = f"{name}#{counter}"
        return Handed(obligation, Outgoing(message, account, key))

    def _fate(self, marks: bool = False) -> Fate:
        """`marks`: whether the message's content can carry the mark of a fate."""
        fortune = self.dice.random()
        if fortune < POISON_SHARE:
            return "poison"
        if marks and not self.calm and fortune < POISON_SHARE + BLOCKED_SHARE + CRASH_SHARE:
            return "blocked" if fortune < POISON_SHARE + BLOCKED_SHARE else "crash"
        return "deliver"

    def _fate_of_contact(self, account: str, email: str) -> Fate:
        fates: dict[str, Fate] = {
            self._email(account, 0): "poison",
            self._blocked_email(account): "blocked",
        }
        return fates.get(email, "deliver")

    def _blocked_email(self, account: str) -> str:
        return f"b{self.number}@{account}.example"

    def _email(self, account: str, place: int) -> str:
        return f"c{self.number}-{place}@{account}.example"

    def _id(self) -> str:
        return f"{self.number}-{next(self._ids)}"


def sibling_name(shared: str, kind: str) -> str:
    """The name of an event that shares its externalId: with its type."""
    return f"{shared}|{kind}"


def _owner(email: str) -> str:
    """The user of the account whose contact it is."""
    return OWNERS[zlib.crc32(email.encode()) % len(OWNERS)]


#: What the content of a message holds that meets such a fate.
_MARKS: dict[Fate, str] = {"blocked": GATEWAY_MARK, "crash": CRASH_MARK}


def properties(number: int) -> dict[str, str]:
    """What the upsert of that number sets."""
    return {"n": str(number), f"p{number % PROPERTIES}": str(number)}
