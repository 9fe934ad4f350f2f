"""A dead letter: a message given up on, with the reason, its history and its payload."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from batchline.producers.lanes import Lane
from batchline.producers.letter_body import letter_body
from batchline.systems.message import operation_of
from batchline.worker.store.message_ids import parse
from batchline.worker.store.parking import Meta

#: Every reason, and what a person can do about it.
REASONS: dict[str, str] = {
    "contact_missing": "The contact did not exist for the whole replay time. Upsert it, then "
    "replay.",
    "rejected": "The API refused this message in its own words. Mend it (batchline dead edit) "
    "and replay it; replay it as it is if the cause lay at the API.",
    "invalid": "The API accepted the contact and named it invalid in the result of its job. Mend "
    "it and replay it.",
    "poison": "The API failed whenever it got this message, and took others meanwhile. Mend it, or "
    "ask the API's people; replay it when it is taken.",
    "blocked": "Something before the API, such as a firewall, refuses this message and lets others "
    "pass. Mend what it objects to, or have it allowed; then replay.",
    "unprocessable": "Batchline, or a plug-in, fails on this message: its detail names the place. "
    "Report it; replay it with a version that is mended.",
    "expired": "The destination failed until the message was older than max_age. Replay when it "
    "answers again.",
    "superseded": "A newer message of the contact was sent before this one was replayed: it could "
    "put old values over new ones. Purge it, or send it all the same (batchline dead replay "
    "--superseded), mended if only some of it still holds.",
    "ambiguous": "It is not known whether the API took the message. Ask (batchline dead show ID "
    "--ask), or look there for what it does. Replay it if the API did not take it, purge it if it "
    "did; what nobody can find out may take effect twice if it is replayed.",
}


#: The reason of what is stored as a dead letter and cannot be read as one.
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message given up on."""

    id: str
    lane: Lane
    reason: str
    #: The API's own text, or ours where it gave none.
    detail: str
    #: UNIX ms at which the message was given up on.
    died_at: int
    contact: str
    options: str
    payload: str
    meta: Meta
    #: The system that the message was made for; "" if that is not known.
    system: str = ""
    #: The key that `send` was given, where the application is told the results; or "".
    idempotency_key: str = field(default="", repr=False, compare=False)
    #: The id of the message that the application has sent in its place (`send` with `anew`); or "".
    anew: str = ""
    #: The body as Redis has it; "" for a letter that is not stored yet.
    stored: str = field(default="", repr=False, compare=False)

    @classmethod
    def read(cls, message_id: str, died_at: int, text: bytes) -> DeadLetter:
        """The letter of a stored body, or an unreadable one with its size.

        A body that another program has written, or half of one, must not hide the other letters.
        """
        try:
            letter = cls.from_json(message_id, died_at, text)
            if letter.is_well_formed():
                return letter
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            pass
        return cls(
            message_id,
            _lane_of(message_id),
            UNREADABLE,
            f"{len(text):,} bytes are stored that are no dead letter: it can only be purged, "
            "by its id",
            died_at,
            "",
            "",
            text.decode(errors="replace"),
            Meta(message_id),
        )

    @property
    def is_readable(self) -> bool:
        """Whether it is a letter that can be mended and replayed."""
        return self.reason != UNREADABLE

    def is_well_formed(self) -> bool:
        """Whether its fields are of their types."""
        texts = (
            *(self.reason, self.detail, self.contact, self.options, self.payload),
            *(self.system, self.anew),
        )
        return (
            all(isinstance(one, str) for one in texts)
            and isinstance(json.loads(self.options or "{}"), dict)
            and isinstance(self.meta.id, str)
            and isinstance(self.meta.tries, int)
            and all(
                isinstance(at, int) and isinstance(detail, str) for at, detail in self.meta.history
            )
        )

    @classmethod
    def from_json(cls, message_id: str, died_at: int, text: bytes) -> DeadLetter:
        """The letter of a stored body."""
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
            body.get("system", ""),
            anew=body.get("anew", ""),
            stored=text.decode(),
        )

    def to_json(self) -> str:
        """The body to store; fields of the stored body that are unknown here are kept."""
        body = letter_body(
            str(self.lane),
            self.contact,
            self.options,
            self.payload,
            self.meta.to_json(),
            self.reason,
            self.detail,
            self.system,
        )
        if not self.stored:
            return body
        merged = {**json.loads(self.stored), **json.loads(body)}
        return json.dumps(merged, ensure_ascii=False, separators=(",", ":"))

    @property
    def operation(self) -> str:
        """The message's own operation: its lane may carry several."""
        return operation_of(self.lane.operation, self.options)

    @property
    def fingerprint(self) -> str:
        """The hash by which the scripts know whether the letter was changed since it was read."""
        return hashlib.sha1(self.stored.encode(), usedforsecurity=False).hexdigest()


def _lane_of(message_id: str) -> Lane:
    try:
        return parse(message_id)[0]
    except ValueError:
        return Lane("unknown", "unknown", 0)
