"""Views of a contact: the export of contact/list, and the state for the control endpoint."""

from __future__ import annotations

from typing import Any

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.salesmanago.account import Account, Contact, Event

#: Fields of contact/list that are always empty in the sandbox.
_NOT_KEPT = (
    "contactVisits",
    "contactEvents",
    "emailMessages",
    "contactFunnels",
    "contactNotes",
    "contactTasks",
    "mobileMessages",
)
_EVENT_FIELDS = (
    "date",
    "description",
    "products",
    "location",
    "value",
    "contactExtEventType",
    "shopDomain",
    *(f"detail{number}" for number in range(1, 21)),
    "externalId",
)
#: Status of a consent -> its `action` in the export; the documents' sample does not explain A, D
#: and R.
_CONSENT_ACTIONS = {"confirmed": "A", "withdrawn": "D", "not confirmed": "R"}


def exported(account: Account, contact: Contact) -> JsonObject:
    """An element of `contacts` in the answer of contact/list."""
    born = contact.fields.get("birthday", "")
    return {
        "id": contact.id,
        **{name: contact.fields.get(name) for name in ("name", "phone", "fax", "company")},
        "email": contact.email,
        "externalId": contact.fields.get("externalId"),
        "score": 0,
        "state": contact.fields.get("state", "UNKNOWN"),
        "optedOut": contact.opted_out,
        "optedOutPhone": contact.opted_out_phone,
        "deleted": False,
        "invalid": False,
        "address": contact.address,
        "birthdayYear": int(born[:-4]) if len(born) == 8 else None,
        "birthdayMonth": int(born[-4:-2]) if born else None,
        "birthdayDay": int(born[-2:]) if born else None,
        "province": contact.fields.get("province"),
        "mainContactOwner": contact.owner or min(account.client.owners, default=None),
        "modifiedOn": contact.modified_on,
        "createdOn": contact.created_on,
        "purchaseProbability": None,
        "contactTags": [_tag(tag, created) for tag, created in contact.tags.items()],
        "properties": [
            {"name": name, "value": value} for name, value in contact.properties.items()
        ],
        "contactExtEvents": [_event(event) for event in contact.events],
        "coupons": _coupons(account, contact),
        "consents": [_consent(name, consent) for name, consent in contact.consents.items()],
        **{name: [] for name in _NOT_KEPT},
    }


def shown(account: Account, contact: Contact) -> JsonObject:
    """The whole state of a contact, for tests.

    Only `history`, and an `agreementDate` that was not sent, depend on number and time of upserts.
    """
    return {
        "id": contact.id,
        "email": contact.email,
        **contact.fields,
        "address": contact.address,
        "tags": sorted(contact.tags),
        "properties": contact.properties,
        "dictionaryProperties": contact.dictionary,
        "consents": contact.consents,
        "relations": contact.relations,
        "optedOut": contact.opted_out,
        "optedOutPhone": contact.opted_out_phone,
        "owner": contact.owner,
        "monitored": contact.monitored,
        "events": [{"eventId": event.id, **event.fields} for event in contact.events],
        "coupons": _coupons(account, contact),
        "history": {
            "upserts": contact.upserts,
            "doubleOptIns": contact.double_opt_ins,
            "createdOn": contact.created_on,
            "modifiedOn": contact.modified_on,
        },
    }


def _tag(tag: str, created: int) -> JsonObject:
    return {
        "tag": tag,
        "tagName": tag,
        "score": 0,
        "createdOn": created,
        "tagWithScore": f"{tag} (0)",
    }


def _event(event: Event) -> JsonObject:
    return {
        "eventId": event.id,
        **{name: event.fields.get(name) for name in _EVENT_FIELDS},
    }


def _coupons(account: Account, contact: Contact) -> list[JsonObject]:
    """The contact's assigned coupons, and the coupons that it used without an assignment."""
    key = contact.email.lower()
    codes = [code for code, coupon in account.coupons.items() if coupon.key == key]
    codes += [code for user, code in account.used_coupons if user == key and code not in codes]
    return [_coupon(account, key, code) for code in codes]


def _coupon(account: Account, key: str, code: str) -> JsonObject:
    coupon = account.coupons.get(code)
    return {
        "name": coupon.name if coupon else None,
        "coupon": code,
        "validTo": coupon.valid_to if coupon else None,
        "used": (key, code) in account.used_coupons,
    }


def _consent(name: str, consent: dict[str, Any]) -> JsonObject:
    return {
        "name": name,
        "description": None,
        "ip": consent["ip"],
        "action": _CONSENT_ACTIONS[consent["status"]],
        "createdOn": consent["agreementDate"],
        "source": "F",
        "dateOn": consent["agreementDate"],
    }
