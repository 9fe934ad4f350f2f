"""The tables of contact/upsert and contact/batchupsertv2, as checks."""

from __future__ import annotations

from batchline.sandbox.checks import (
    all_of,
    array,
    birthday,
    email,
    flag,
    identified_by,
    millis,
    one_of,
    pairs,
    record,
    text,
    uuid,
    whole,
)
from batchline.sandbox.salesmanago.methods import OWNER, body_of

#: The most elements of `upsertDetails`.
BATCH_LIMIT = 1000

_TEXT = text(255)
_ADDRESS = record(
    {"streetAddress": _TEXT, "zipCode": _TEXT, "city": _TEXT, "country": _TEXT},
)
_CONTACT = all_of(
    record(
        {
            "email": email,
            "contactId": uuid,
            "name": _TEXT,
            "phone": _TEXT,
            "fax": _TEXT,
            "company": _TEXT,
            "externalId": _TEXT,
            "state": one_of(("CUSTOMER", "PROSPECT", "PARTNER", "OTHER", "UNKNOWN")),
            "address": _ADDRESS,
        }
    ),
    identified_by("email", "contactId"),
)
#: An element of `dictionaryProperties`: name of 3 to 255; NUMBER is a "positive integer", DATE a
#: "Unix timestamp [ms]".
_DICTIONARY = record(
    {"name": text(255, shortest=3), "type": one_of(("NUMBER", "DATE")), "value": whole(1)},
    required=("name", "type", "value"),
)
_CONSENT = record(
    {
        "consentName": text(30, shortest=1),
        "consentAccept": flag,
        "agreementDate": millis,
        "ip": _TEXT,
        "optOut": flag,
        "consentDescriptionId": whole(),
    },
    required=("consentName",),
)
_RELATION = record(
    {"type": one_of(("CHILD", "PARENT")), "email": email}, required=("type", "email")
)
_TAGS = array(text(255, shortest=1))
#: The fields that a single upsert and an element of `upsertDetails` share.
_ITEM = {
    "contact": _CONTACT,
    "newEmail": email,
    "birthday": birthday,
    "province": _TEXT,
    "forceOptIn": flag,
    "forceOptOut": flag,
    "forcePhoneOptIn": flag,
    "forcePhoneOptOut": flag,
    "tags": _TAGS,
    "removeTags": _TAGS,
    "properties": pairs(255),
    "dictionaryProperties": array(_DICTIONARY),
    "consentDetails": array(_CONSENT),
}

UPSERT = body_of(
    {
        **OWNER,
        **_ITEM,
        "useApiDoubleOptIn": flag,
        "doubleOptInLanguage": _TEXT,
        "doubleOptInEmailId": _TEXT,
        "async": flag,
    },
    required=("contact",),
)
BATCH_UPSERT = body_of(
    {
        **OWNER,
        "upsertDetails": array(
            record({**_ITEM, "relation": _RELATION}, required=("contact",)), 1, BATCH_LIMIT
        ),
        "useApiDoubleOptIn": flag,
        "lang": _TEXT,
        "fireEvents": flag,
    },
    required=("upsertDetails",),
)
HAS_CONTACT = body_of({**OWNER, "email": email}, required=("email",))
#: contact/list: "up to 50 contacts at once".
LIST = body_of({**OWNER, "email": array(email, 1, 50)}, required=("email",))
#: contact/listById: "maximum 50 IDs per request".
LIST_BY_ID = body_of({**OWNER, "contactId": array(uuid, 1, 50)}, required=("contactId",))
