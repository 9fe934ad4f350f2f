"""Which dead letters are meant: the filters that every command on a set of them takes."""

from __future__ import annotations

from dataclasses import dataclass

from batchline.worker.dead_letters.letter import DeadLetter


@dataclass(frozen=True, slots=True)
class Filter:
    """What a letter must be to be meant; None: anything."""

    account: str | None = None
    operation: str | None = None
    reason: str | None = None
    #: UNIX ms: given up on at that time or later; at that time or before.
    died_from: int | None = None
    died_until: int | None = None
    #: As it is stored (`stored_contact`).
    contact: str | None = None
    #: Stands in the payload (JSON) or in the API's words, in any case.
    text: str | None = None

    def fits(self, letter: DeadLetter) -> bool:
        return (
            self.account in (None, letter.lane.account)
            and self.operation in (None, letter.operation)
            and self.reason in (None, letter.reason)
            and (self.died_from is None or letter.died_at >= self.died_from)
            and (self.died_until is None or letter.died_at <= self.died_until)
            and self.contact in (None, letter.contact)
            and self._has_text(letter)
        )

    def _has_text(self, letter: DeadLetter) -> bool:
        if self.text is None:
            return True
        wanted = self.text.casefold()
        return wanted in letter.payload.casefold() or wanted in letter.detail.casefold()


#: Every letter.
EVERY = Filter()


def stored_contact(text: str) -> str:
    """A contact key as lanes hold it: an e-mail address in lower case, an id as it is."""
    text = text.strip()
    return text.lower() if "@" in text else text
