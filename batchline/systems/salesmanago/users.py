"""The question whether the credentials are good: the list of the account's users."""

from __future__ import annotations

from typing import Any

from batchline.systems.requests import Request
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.endpoints import endpoint, no_content
from batchline.systems.verdicts import CredentialsRefused, Judged, Outcome

#: user/listByClient: "does not require any additional fields"; the answer has `users`.
PATH = "/api/user/listByClient"
UNKNOWN_OWNER = "the account's owner setting names no user of the account"


def question(account: SalesmanagoAccount) -> Request:
    """The request; where the answer lists users, the account's owner has to be one of them."""

    def judge(request: Request, body: dict[str, Any]) -> Outcome:
        users = body.get("users")
        names = {str(user).strip().lower() for user in users} if isinstance(users, list) else set()
        is_known = not names or account.owner.strip().lower() in names
        return Judged() if is_known else CredentialsRefused(UNKNOWN_OWNER)

    return endpoint(PATH, judge=judge, content=no_content).question()
