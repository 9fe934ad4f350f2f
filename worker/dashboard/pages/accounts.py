"""The tab Accounts: the state of each, its limits and how much of them is used, its pause."""

from __future__ import annotations

from tornado import web

from batchline.worker.dashboard.pages import words
from batchline.worker.dashboard.pages.asked import Asked
from batchline.worker.dashboard.pages.page import Page
from batchline.worker.doctor import one_account
from batchline.worker.doctor.one_account import UnderWay
from batchline.worker.inspection import account_page, accounts_list
from batchline.worker.inspection.accounts_filter import LANGUAGE, STATES

#: Columns of the list, in their order: the column's name in `accounts_list.SORTS` ("": no order is
#: by it, for that would take a look at every lane), its head, and whether the largest comes first.
COLUMNS = (
    ("account", "Account", False),
    ("system", "System", False),
    ("backlog", "Backlog", True),
    ("", "Oldest", True),
    ("", "In flight", True),
    ("", "Parked", True),
    ("", "Dead", True),
    ("delivered", "Delivered", True),
    ("", "Limits", False),
    ("state", "State", False),
)
DEFAULT_SORT = "account"
#: Accounts that one dashboard checks at once: each takes a thread for as long as its API does.
MOST_CHECKS = 2
#: A mark of a finding -> its sign and its style.
SIGNS = {
    "well": ("✓", "bl-good"),
    "doubtful": ("!", "bl-warn"),
    "wrong": ("✗", "bl-bad"),
    "skipped": ("-", ""),
}


#: What a finding is about -> its head.
PARTS = {
    "DNS": "DNS",
    "TLS": "TLS",
    "credentials": "Credentials",
    "latency": "Latency",
    "clock": "API clock",
}

#: The policy for a message of which nobody knows whether the API took it, in words.
AMBIGUOUS = {
    "resend": "it is sent again: at least once",
    "hold": "it becomes a dead letter: at most once",
    "verify": "the API is asked: exactly once",
}


class Accounts(Page):
    """The accounts that fit the filter of the address."""

    async def get(self) -> None:
        asked = Asked.of(self.request.query, LANGUAGE, DEFAULT_SORT)
        page = await self.house.shared(
            ("accounts", asked),
            lambda store: accounts_list.read(
                store, self.house.settings, asked.wanted, asked.sort, asked.page
            ),
        )
        if asked.wrong:
            self.set_status(400)
        self.show(
            "accounts",
            page=page,
            asked=asked,
            columns=COLUMNS,
            states=STATES,
            limits=words.limits,
        )


class Account(Page):
    """One account: its state, its limits, its operations, what leads to it, its last check."""

    async def get(self, name: str) -> None:
        found = await self.house.shared(
            ("account", name), lambda store: account_page.read(store, self.house.settings, name)
        )
        if found is None:
            raise web.HTTPError(404, f"{name} is no account, and no message ever named it.")
        is_known = name in self.house.settings.accounts
        self.show(
            "account",
            found=found,
            limits=words.limits,
            signs=SIGNS,
            parts=PARTS,
            ambiguous=AMBIGUOUS,
            is_known=is_known,
        )


class Check(Page):
    """Asks the account's API one documented question that changes nothing there."""

    act = "ask"

    async def post(self, name: str) -> None:
        settings, who = self.house.settings, str(self.current_user)
        if name not in settings.accounts:
            raise web.HTTPError(404, f"{name} is no account of the settings here.")
        if self.house.checks >= MOST_CHECKS:
            raise web.HTTPError(409, "Others are being checked just now: try again in a minute.")
        self.house.checks += 1
        try:
            done = await self.house.act(lambda store: one_account.check(store, settings, name, who))
        except UnderWay as error:
            raise web.HTTPError(409, str(error)) from None
        finally:
            self.house.checks -= 1
        said = "all is well" if done.is_well else "not all is well, see below"
        self.tell(f"{name} is checked: {said}.")
        self.redirect(self.reverse_url("account", name), status=303)
