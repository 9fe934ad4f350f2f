"""messaging/send and messaging/transactional/send."""

from __future__ import annotations

from batchline.sandbox.bodies import JsonObject, as_text
from batchline.sandbox.checks import (
    Check,
    all_of,
    array,
    flag,
    identified_by,
    millis,
    one_of,
    pairs,
    record,
    text,
    uuid,
)
from batchline.sandbox.contract import Answer, Item
from batchline.sandbox.salesmanago import addressees
from batchline.sandbox.salesmanago.account import contact_key
from batchline.sandbox.salesmanago.methods import CheckedRequest, Method, body_of

#: Seconds of a day.
DAY = 86_400
_GROUPS = [
    "OPTED_OUT",
    "OPTED_IN",
    "PHONE_OPTED_OUT",
    "PHONE_OPTED_IN",
    "INVALID",
    "MONITORED",
    "NOT_MONITORED",
]
# "Available values".
_PROVIDERS = """
    NATIVE SMS_SITMOBILE SMS_SMSAPI SMS_TIDE SMS_MATERNA SMS_SERWERSMS SMS_REDLINK
    SMS_VIA_NETT SMS_VOICE_COM SMS_SALES_TRAFFIC SMS_TEXT_MARKETER SMS_IMOBIS SMS_SPRYNG
    SMS_ADVANCED_TELECOM SMS_ESENDEX SMS_LABYRINTTI SMS_MODICA SMS_GSMS SMS_360NRS SMS_ENVOI
    SMS_MOBYT SMS_ASSECO SMS_CELLSYNT SMS_EURO_SMS SMS_SINHRO SMS_SEND_RO SMS_PUBLI
    SMS_INFOBIP SMS_WHIZZ_SMS SMS_TWILIO SMS_TCG SMS_GUPSHUP SMS_DYNMARK SMS_EUROCOM SMS_AMD
    SMS_MASIVIAN SMS_IKONO SMS_SMS_MESSENGER SMS_MEGAFON SMS_BULKER SMS_UNICELL SMS_UNIFONIC
    SMS_LIFECELL SMS_VERTEX SMS_POSTA_GUVERCINI SMS_KARIX SMS_VODAFONE_MALTA SMS_INSTASENT
    SMS_SMSC SMS_LOX24 SMS_MOVISTAR SMS_LINK_MOBILITY SMS_SKEBBY SMS_SMS_PLANET
    SMS_TOKY_DIGITAL SMS_TOKY_DIGITAL_SMSC SMS_POLKOMTEL SMS_SOPRANO SMS_APIFONICA
    SMS_RAPPORTO SMS_CELLFIND SMS_MESSENTE SMS_MTARGET SMS_UNIFONIC_NEXTGEN
    SMS_UNIFONIC_NEXTGEN2 SMS_UNIFONIC_NEXTGEN3 SMS_UNIFONIC_NEXTGEN4 SMS_UNIFONIC_NEXTGEN5
    SMS_UNIFONIC_NEXTGEN6 SMS_UNIFONIC_NEXTGEN7 SMS_UNIFONIC_NEXTGEN8 SMS_UNIFONIC_NEXTGEN9
    SMS_UNIFONIC_NEXTGEN10 SMS_LIBONET SMS_TOTAL_CONNECT SMS_MOVISTAR_COSTA_RICA
    SMS_SMSSERVICE SMS_BBL_SMS SMS_OCTAPUSH SMS_TELIA SMS_BULKGATE SMS_MITTO SMS_LOYMARK B2SMS
    SMS_LINK_MOBILITY_ITALY SMS_SERWERSMS_NEW
""".split()  # noqa: SIM905

_CHANNEL = record(
    {"channel": one_of(("SMS", "WHATS_APP", "VIBER")), "provider": text(255, shortest=1)},
    required=("channel", "provider"),
)
_CONTACTS = addressees.addressees(
    (*addressees.KINDS, "ID", *_GROUPS), {"optValue": text(255, shortest=1)}, _GROUPS
)
# "You can specify only one of these fields: Either the name of the template or text content";
# the sample has both.
_SEND = all_of(
    body_of(
        {
            "user": text(254, shortest=1),
            "name": text(255, shortest=1),
            "sender": text(255),
            "templateName": text(255, shortest=1),
            "textContent": text(shortest=1),
            "messagingChannelIntegration": array(_CHANNEL),
            "contacts": array(_CONTACTS, 1),
            "shortenLinks": flag,
            "time": millis,
            "allowDiacritics": flag,
        },
        required=("user", "name", "contacts"),
    ),
    identified_by("templateName", "textContent"),
)
_ADDRESSEE: Check = addressees.addressees(
    ("EMAIL", "CONTACT_ID", "USER_ID"), {"properties": pairs(255, most=20)}
)


def _one_contact(value: object) -> str | None:
    problem = _ADDRESSEE(value)
    if problem or type(value) is not dict:
        return problem
    return ".value: more than one contact" if len(addressees.values(value)) > 1 else None


_TRANSACTIONAL = body_of(
    {
        "user": text(255, shortest=1),
        "provider": one_of(_PROVIDERS),
        "integrationName": text(255, shortest=1),
        "templateExternalId": uuid,
        "sender": text(shortest=1),
        "contact": _one_contact,
        "allowDiacritical": flag,
        "shortenLinks": flag,
    },
    required=("user", "provider", "integrationName", "templateExternalId", "sender", "contact"),
)


def _many(body: JsonObject) -> list[Item]:
    return addressees.items(body, as_text(body.get("name")))


def _one(body: JsonObject) -> list[Item]:
    contact = body.get("contact")
    key = contact_key(as_text(contact.get("value"))) if isinstance(contact, dict) else ""
    return [Item(f"{as_text(body.get('templateExternalId'))}:{key}", key)]


def _send(request: CheckedRequest) -> Answer:
    """Schedule a message; `time` is from "one day before now" to "1 year from now"."""
    time = request.body.get("time")
    if time is not None and not request.now - DAY <= time / 1000 <= request.now + 365 * DAY:
        return request.refuse("time: not from one day ago to a year from now")
    return _kept(request, "message.send", "Scheduled sending")


def _send_transactional(request: CheckedRequest) -> Answer:
    """Send a message at once; the method counts as activated for the account."""
    return _kept(request, "message.send_transactional")


def _kept(request: CheckedRequest, operation: str, *messages: str) -> Answer:
    request.keep(operation)
    return request.accept(*messages, conversationId=sum(map(len, request.account.kept.values())))


METHODS = [
    Method("messaging/send", "message.send", _SEND, _send, _many, owner_field="user"),
    Method(
        "messaging/transactional/send",
        "message.send_transactional",
        _TRANSACTIONAL,
        _send_transactional,
        _one,
        owner_field="user",
    ),
]
