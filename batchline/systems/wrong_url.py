"""A wrong address in the settings looks like a fault of the API: here the words say so."""

from __future__ import annotations

from dataclasses import replace

from batchline.systems.account import BaseAccount
from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import DestinationFailed, Outcome

#: Statuses by which servers answer for a path that they do not have.
_NO_SUCH_PATH = (301, 302, 307, 308, 404, 405)


def explained(outcome: Outcome, answer: HttpAnswer, account: BaseAccount) -> Outcome:
    """The outcome, which names the setting `url` where that may be the cause.

    That is so if the answer is not the API's own, and the address not the vendor's usual one.
    """
    if not isinstance(outcome, DestinationFailed) or answer.status not in _NO_SUCH_PATH:
        return outcome
    is_of_api = answer.status >= 400 and not outcome.blocked
    if is_of_api or not has_own_url(account):
        return outcome
    return replace(outcome, detail=f"{outcome.detail}; or `url` of the account is wrong: check it")


def has_own_url(account: BaseAccount) -> bool:
    """Whether the address is one that was set, and not the vendor's only one."""
    kind = type(account)
    default = kind.model_fields["url"].default
    return bool(account.url != default)
