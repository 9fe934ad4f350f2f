"""Whom an erasure is about, known by keyed hashes alone; and what is to be done with a message."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from batchline.producers.suppression import ALL, hashed, withdraws
from batchline.systems import identities
from batchline.systems.identities import Identity
from batchline.systems.message import operation_of

#: about: the message is erased. part: it is about several, and goes on for the others. mention: it
#: is about somebody else, and names the contact. withdraws: it only takes something of the contact
#: away, such as its deletion at the API. none: it does not name it.
Fate = Literal["none", "about", "part", "mention", "withdraws"]


class Found(NamedTuple):
    """What is to be done with a message."""

    fate: Fate
    #: "part": the payload without the contact.
    payload: bytes = b""


NONE = Found("none")


@dataclass(frozen=True, slots=True)
class Whom:
    """The identifiers of the contact, as keyed hashes."""

    key: str
    hashes: frozenset[str]
    #: The account whose messages are looked at; `ALL`: every one's.
    account: str = ALL
    #: Whether messages about others that name the contact stay.
    keeps_mentions: bool = False

    @classmethod
    def of(
        cls, key: str, found: Iterable[Identity], account: str = ALL, keeps_mentions: bool = False
    ) -> Whom:
        """The contact of these identifiers."""
        hashes = frozenset(hashed(key, ALL, one) for one in found)
        return cls(key, hashes, account, keeps_mentions)

    def matches(self, found: Collection[Identity]) -> bool:
        """Whether one of these is the contact's."""
        return any(hashed(self.key, ALL, one) in self.hashes for one in found)

    def takes(self, account: str) -> bool:
        """Whether messages of that account are looked at."""
        return self.account in (ALL, account)

    def in_text(self, *texts: str | bytes) -> bool:
        """Whether one of the texts names the contact."""
        return self.matches(identities.mentioned(*texts))

    def is_key(self, contact: str) -> bool:
        """Whether the contact key is one of the contact's."""
        return self.matches(identities.about(contact, b""))

    def look(
        self,
        system: str,
        lane_operation: str,
        contact: str,
        options: str,
        payload: bytes,
        *texts: str,
    ) -> Found:
        """What is to be done with this message; `texts`: what else is kept of it."""
        if self.matches(identities.about(contact, payload)):
            if withdraws(system, operation_of(lane_operation, options)):
                return Found("withdraws")
            rest = identities.without(payload, self.matches)
            if rest is None or rest == payload or self._names(contact, options, rest, *texts):
                return Found("about")
            return Found("part", rest)
        is_named = self.in_text(contact, options, payload, *texts)
        return Found("mention") if is_named and not self.keeps_mentions else NONE

    def _names(self, contact: str, options: str, payload: bytes, *texts: str) -> bool:
        return self.matches(identities.about(contact, payload)) or self.in_text(
            contact, options, payload, *texts
        )
