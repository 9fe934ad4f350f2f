"""The tab Erase: a contact is erased everywhere in the store; and the suppression list.

An address comes in the body of a request, is in no address of a page, and is kept nowhere: the page
that asks for a confirmation carries it back.
"""

from __future__ import annotations

from batchline.producers.suppression import ALL
from batchline.systems.identities import KINDS, Identity, identity
from batchline.worker.dashboard.pages.page import Page
from batchline.worker.erasure import act
from batchline.worker.filters.durations import seconds_of
from batchline.worker.store import suppression
from batchline.worker.store.store import Store

#: Fields of the form -> their labels.
LABELS = {
    "email": "E-mail address",
    "phone": "Phone",
    "contact-id": "The API's id of the contact (needs an account)",
    "external-id": "Your own id of the contact",
}


class Erasing(Page):
    """A page with the form, what was erased, and who is suppressed."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")

    async def page(self, status: int = 200, **more: object) -> None:
        """Answer with the tab."""

        def read(store: Store) -> tuple[list[act.Erasure], list[suppression.Entry]]:
            return act.every(store), suppression.every(store)

        erasures, suppressed = await self.house.read(read)
        self.set_status(status)
        data: dict[str, object] = {
            "erasures": erasures,
            "suppressed": suppressed,
            "accounts": sorted(self.house.settings.accounts),
            "labels": LABELS,
            "all_accounts": ALL,
            "given": {},
            "counts": None,
            "wrong": "",
            **more,
        }
        self.show("erase", **data)

    def given(self) -> dict[str, str]:
        """The fields of the form."""
        names = (*KINDS, "account", "for", "mentions")
        return {name: self.get_body_argument(name, "").strip() for name in names}

    def whom(self, given: dict[str, str]) -> tuple[list[Identity], str, float]:
        """The identifiers, the account and the seconds of a form.

        Raises ValueError, which says what is wrong and repeats nothing.
        """
        found = [identity(kind, given[kind]) for kind in KINDS if given[kind]]
        account = given["account"] or ALL
        if not found:
            raise ValueError("Say who: give an address, a phone or an id.")
        if account != ALL and account not in self.house.settings.accounts:
            raise ValueError("account: there is none of that name in the settings")
        if account == ALL and given["contact-id"]:
            raise ValueError("contact-id: choose its account, each numbers its contacts by itself")
        try:
            seconds = seconds_of(given["for"]) if given["for"] else 0.0
        except ValueError as error:
            raise ValueError(f"for: {error}") from None
        return found, account, seconds


class Erase(Erasing):
    """The tab; a form that is posted to it is counted, and nothing is changed."""

    act = "erase"

    async def get(self) -> None:
        await self.page()

    async def post(self) -> None:
        given = self.given()
        try:
            found, account, _ = self.whom(given)
        except ValueError as error:
            await self.page(400, given=given, wrong=str(error))
            return
        keeps = given["mentions"] == "keep"

        def count(store: Store) -> dict[str, int]:
            whom = act.whom_of(store, found, account, keeps)
            return act.count(store, self.house.settings, whom)

        await self.page(given=given, counts=await self.house.read(count), places=act.PLACES)


class EraseNow(Erasing):
    """Orders the erasure that was counted and confirmed; a worker carries it out."""

    act = "erase"

    async def post(self) -> None:
        given, who = self.given(), str(self.current_user)
        try:
            found, account, seconds = self.whom(given)
        except ValueError as error:
            await self.page(400, given=given, wrong=str(error))
            return
        keeps = given["mentions"] == "keep"
        ordered = await self.house.act(
            lambda store: act.order(store, found, who, account, keeps, seconds=seconds)
        )
        self.tell(f"{ordered.name} is ordered: a worker erases {ordered.whom} now.")
        self.redirect(self.reverse_url("erase"), status=303)


class Suppress(Erasing):
    """Puts a contact on the suppression list."""

    act = "erase"

    async def post(self) -> None:
        given, who = self.given(), str(self.current_user)
        try:
            found, account, seconds = self.whom(given)
        except ValueError as error:
            await self.page(400, given=given, wrong=str(error))
            return
        await self.house.act(lambda store: suppression.add(store, found, who, account, seconds))
        self.tell("The contact is suppressed: nothing is accepted for it, and nothing sent.")
        self.redirect(self.reverse_url("erase"), status=303)


class SuppressNoMore(Erasing):
    """Takes an entry off the suppression list, by its hash."""

    act = "erase"

    async def post(self) -> None:
        hash_, who = self.get_body_argument("hash"), str(self.current_user)
        done = await self.house.act(lambda store: suppression.remove_hash(store, hash_, who))
        self.tell(f"#{hash_[:8]} is suppressed no more." if done else "It is not on the list.")
        self.redirect(self.reverse_url("erase"), status=303)
