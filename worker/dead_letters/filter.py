"""The filters by which every command on a set of dead letters chooses them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from batchline.systems.identifiers import cleaned
from batchline.worker.dead_letters.letter import DeadLetter


@dataclass(frozen=True, slots=True)
class Filter:
    """The conditions that a letter must meet; None: any letter meets it."""

    account: str | None = None
    operation: str | None = None
    reason: str | None = None
    #: Seconds: the message was given up on within the last so many, or longer ago. `find` in
    #: `store.py` sees to it, for it asks Redis for the time.
    newer_than: float | None = None
    older_than: float | None = None
    #: The contact key as it is stored (`stored_contact`).
    contact: str | None = None
    #: A text in the payload (JSON) or in the detail, whether in upper or lower case.
    text: str | None = None

    def fits(self, letter: DeadLetter) -> bool:
        """Whether the letter meets every condition but that of its age."""
        return (
            self.account in (None, letter.lane.account)
            and self.operation in (None, letter.operation)
            and self.reason in (None, letter.reason)
            and self.contact in (None, letter.contact)
            and self._has_text(letter)
        )

    def _has_text(self, letter: DeadLetter) -> bool:
        if self.text is None:
            return True
        wanted = self.text.casefold()
        return wanted in letter.payload.casefold() or wanted in letter.detail.casefold()


#: The filter that every letter fits.
EVERY = Filter()


def stored_contact(text: str) -> str:
    """A contact key as lanes hold it: cleaned, an e-mail address in lower case."""
    with suppress(ValueError):
        text = str(cleaned(text))
    return text.lower() if "@" in text else text
