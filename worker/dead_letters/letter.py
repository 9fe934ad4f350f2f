"""A dead letter: a message given up on, with the reason, its history and its payload."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from batchline.producers.lanes import Lane
from batchline.producers.letter_body import letter_body
from batchline.systems.message import operation_of
from batchline.worker.store.parking import Meta

#: Every reason there is, and what to do about it.
REASONS: dict[str, str] = {
    "contact_missing": "The contact did not exist for the whole replay time. Upsert it, then "
    "replay.",
    "rejected": "The API refused this message in its own words. Mend it (batchline dead edit) "
    "and replay it; replay it as it is if the cause lay at the API.",
    "invalid": "The API accepted the contact and named it invalid in the result of its job. Mend "
    "it and replay it.",
    "expired": "The destination failed until the message was older than max_age. Replay when it "
    "answers again.",
    "superseded": "A newer message of the contact was sent before this one was replayed: it could "
    "put old values over new ones. Purge it, or send it all the same (batchline dead replay "
    "--superseded), mended if only some of it still holds.",
    "ambiguous": "It is not known whether the API took the message. Look at the contact there; "
    "replay if it is missing, purge if not.",
}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message given up on."""

    id: str
    lane: Lane
    reason: str
    #: The API's own words where it said any.
    detail: str
    #: UNIX ms.
    died_at: int
    contact: str
    options: str
    payload: str
    meta: Meta
    #: The body as it stands in Redis; empty for a letter that is not there yet.
    stored: str = field(default="", repr=False, compare=False)

    @classmethod
    def from_json(cls, message_id: str, died_at: int, text: bytes) -> DeadLetter:
        body = json.loads(text)
        return cls(
            message_id,
            Lane.parse(body["lane"]),
            body["reason"],
            body["detail"],
            died_at,
            body["contact"],
            body["options"],
            body["payload"],
            Meta.from_json(body["meta"]),
            text.decode(),
        )

    def to_json(self) -> str:
        """The body to store, with everything that the stored one holds beside."""
        body = letter_body(
            str(self.lane),
            self.contact,
            self.options,
            self.payload,
            self.meta.to_json(),
            self.reason,
            self.detail,
        )
        if not self.stored:
            return body
        merged = {**json.loads(self.stored), **json.loads(body)}
        return json.dumps(merged, ensure_ascii=False, separators=(",", ":"))

    @property
    def operation(self) -> str:
        """What the message asks for; its lane may carry several operations."""
        return operation_of(self.lane.operation, self.options)

    @property
    def fingerprint(self) -> str:
        """By this the scripts know that nobody has changed the letter since it was read."""
        return hashlib.sha1(self.stored.encode(), usedforsecurity=False).hexdigest()
