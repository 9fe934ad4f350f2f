"""The filter of the accounts page: `system=salesmanago state=paused,breaker text=shop`."""

from __future__ import annotations

from dataclasses import dataclass

from batchline.worker.filters.language import Condition, Language

#: What an account can be, and what that means, the gravest first; one may be several at once.
STATES: dict[str, str] = {
    "refused": "the API refuses its credentials, so it is paused",
    "paused": "it, one of its operations or one of its lanes is paused",
    "breaker": "a breaker of it, or of its host, is open or half-open, and messages wait for that",
    "trouble": "something else is wrong with it, as the overview says",
    "ok": "none of these",
}


@dataclass(frozen=True, slots=True)
class AccountsFilter:
    """The conditions that an account must meet; None: any meets it."""

    system: str | None = None
    #: It is one of these, at least.
    state: tuple[str, ...] | None = None
    #: A text in its name, in upper or lower case.
    text: str | None = None

    def fits(self, name: str, system: str, states: tuple[str, ...]) -> bool:
        """Whether an account meets every condition."""
        return (
            self.system in (None, system)
            and (self.state is None or not set(self.state).isdisjoint(states))
            and (self.text is None or self.text.casefold() in name.casefold())
        )


LANGUAGE: Language[AccountsFilter] = Language(
    AccountsFilter,
    (
        Condition("system", "Only of this system."),
        Condition(
            "state",
            f"Only what is one of: {', '.join(STATES)}.",
            choices=lambda: list(STATES),
            many=True,
        ),
        Condition("text", "Only with this in its name."),
    ),
)
