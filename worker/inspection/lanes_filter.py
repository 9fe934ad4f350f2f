"""The filter of the lanes page: `account=default operation=event.add state=failing,paused`."""

from __future__ import annotations

from dataclasses import dataclass

from batchline.worker.filters.language import Condition, Language

#: What a row can be, and what that means; a row may be several at once.
STATES: dict[str, str] = {
    "paused": "its account, its operation or one of its lanes is paused",
    "failing": "the API fails, or did at the last try",
    "breaker": "its breaker is open, or one lane probes",
    "limited": "its account's limits are used up",
    "waiting": "messages wait",
    "sending": "messages are in flight",
    "parked": "messages are parked",
    "dead": "it has dead letters",
    "idle": "nothing waits and nothing is parked",
}


@dataclass(frozen=True, slots=True)
class LanesFilter:
    """The conditions that a row must meet; None: any row meets it."""

    account: str | None = None
    operation: str | None = None
    #: It is one of these, at least.
    state: tuple[str, ...] | None = None
    #: A text in its names, its error or the reason of its pause, in upper or lower case.
    text: str | None = None

    def names(self, account: str | None, operation: str | None) -> bool:
        """Whether something of this account and operation is asked for, as far as names go."""
        return self.account in (None, account) and self.operation in (None, operation)


LANGUAGE: Language[LanesFilter] = Language(
    LanesFilter,
    (
        Condition("account", "Only of this account."),
        Condition("operation", "Only of this operation."),
        Condition(
            "state",
            f"Only what is one of: {', '.join(STATES)}.",
            choices=lambda: list(STATES),
            many=True,
        ),
        Condition("text", "Only with this in its names, its error or the reason of its pause."),
    ),
)
