"""The methods behind operations that need no shape of their own: path, user, date."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from batchline.producers.lanes import request_fields
from batchline.systems.account import SalesmanagoAccount
from batchline.systems.contract import Item


class Method(NamedTuple):
    """One method of the API."""

    path: str
    #: What it calls the SALESmanago user: the account's owner where the message names none; "":
    #: it has none.
    user: str = ""
    #: Whether it requires `date` (UNIX ms), which is now where the message says none.
    dated: bool = False


METHODS = {
    "coupon.add": Method("/api/contact/addContactCoupon"),
    "funnel.add": Method("/api/funnel/add", "owner"),
    "funnel.add_contact": Method("/api/funnel/addContact", "owner"),
    "funnel.delete": Method("/api/funnel/delete", "owner"),
    "email.send": Method("/api/email/sendEmail", "user", dated=True),
    "email.send_confirmation": Method("/api/email/sendConfirmation", "owner"),
    "email.upsert": Method("/api/email/upsert", "emailOwner"),
    "email.send_with_attachment": Method("/api/email/sendWithAttachment", "user", dated=True),
    "message.send": Method("/api/messaging/send", "user"),
    "message.send_transactional": Method("/api/messaging/transactional/send", "user"),
    "task.update": Method("/api/contact/updateTask"),
    "note.add": Method("/api/contact/addNote", "owner"),
    "loyalty.add_contact": Method("/api/loyalty/program/v1/addContact", "owner"),
    "loyalty.remove_contact": Method("/api/loyalty/program/v1/removeContact", "owner"),
    "loyalty.modify_points": Method("/api/loyalty/program/v1/modifyPoints", "owner"),
}


def fields(item: Item, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """What stands beside an item of these: the user, and the date (`now` in UNIX ms)."""
    method = METHODS[item.operation]
    user = {method.user: account.owner} if method.user else {}
    is_dateless = method.dated and "date" not in json.loads(item.payload)
    return {**user, **request_fields(item.options), **({"date": now} if is_dateless else {})}
