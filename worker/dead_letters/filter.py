"""The filter by which commands, addresses and pages choose dead letters."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from batchline.systems.identifiers import cleaned
from batchline.systems.registry import operation_names
from batchline.worker.dead_letters.letter import REASONS, DeadLetter
from batchline.worker.filters.durations import duration_of, seconds_of
from batchline.worker.filters.language import Condition, Language


@dataclass(frozen=True, slots=True)
class Filter:
    """The conditions that a letter must meet; None: any letter meets it."""

    account: str | None = None
    operation: str | None = None
    reason: str | None = None
    #: Seconds: the message was given up on within the last so many, or longer ago. `find` in
    #: `store.py` sees to it, for it asks Redis for the time.
    since: float | None = None
    until: float | None = None
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


def stored_contact(text: str) -> str:
    """A contact key as lanes hold it: cleaned, an e-mail address in lower case."""
    with suppress(ValueError):
        text = str(cleaned(text))
    return text.lower() if "@" in text else text


#: The filter that every letter fits.
EVERY = Filter()

#: `reason=rejected account=default text="bad e-mail" since=2h`.
LANGUAGE: Language[Filter] = Language(
    Filter,
    (
        Condition("account", "Only of this account."),
        Condition("operation", "Only of this operation.", choices=operation_names),
        Condition("reason", f"Only for this: {', '.join(REASONS)}.", choices=lambda: list(REASONS)),
        Condition("since", "Given up on within the last 90s, 2h, 3d.", seconds_of, duration_of),
        Condition("until", "Given up on longer ago than 90s, 2h, 3d.", seconds_of, duration_of),
        Condition(
            "contact",
            "Only about this contact: its e-mail or its id.",
            stored_contact,
            personal=True,
        ),
        Condition("text", "Only with this in the payload or the API's words.", personal=True),
    ),
)
