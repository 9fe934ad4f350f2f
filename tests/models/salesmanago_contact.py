"""What SALESmanago's pages say an upsert does to an account's contacts, as a pure function.

Written from "Adding a new contact or modifying the existing contact" and "Asynchronous adding or
modifying many contacts simultaneously", without a look at the merging. Where they leave a question
open, `Reading` holds the answers it can have: what is claimed must hold for every one of them.
At the end: what hypothesis draws, STARTS (states), ITEMS, SEQUENCES (of items) and READINGS.
"""

import copy
import re
import unicodedata
from dataclasses import dataclass, field

from hypothesis import strategies as st

CONFIRMED, WITHDRAWN, NOT_CONFIRMED = "confirmed", "withdrawn", "not confirmed"
NOW = 1_795_248_000_000

CONTACT_SCALARS = ("name", "phone", "fax", "company", "externalId", "state")
ITEM_SCALARS = ("birthday", "province")


@dataclass(frozen=True)
class Reading:
    """The batch's options, and what the pages do not say."""

    #: `useApiDoubleOptIn`: "using it together with forceOptIn will cause forceOptIn to be ignored".
    double_opt_in: bool = False
    #: Whether VIP and Vip are two tags.
    tags_have_case: bool = True
    #: Whether a consent sent again without its ip keeps the one it had.
    consents_keep_details: bool = False


@dataclass
class Contact:
    contact_id: str
    email: str
    fields: dict[str, str] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    dictionary: dict[str, tuple[str, object]] = field(default_factory=dict)
    consents: dict[str, dict] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    relations: set[tuple[str, str]] = field(default_factory=set)
    #: "New Contacts have their Email Marketing status set by default to opt-in, while Mobile
    #: Marketing status is set to opt-out."
    email_opt_in: bool = True
    phone_opt_in: bool = False


def apply(contacts, item, reading):
    """The account's contacts (a list) after one element of `upsertDetails`."""
    contacts = copy.deepcopy(contacts)
    identity = item.get("contact") or {}
    contact = find(contacts, identity)
    if contact is None and identity.get("contactId"):
        return contacts  # Nobody has it: an invalid contact.
    if contact is None:
        contact = Contact(f"id of {identity['email']}", identity["email"])
        contact.email_opt_in = not reading.double_opt_in
        contacts.append(contact)
    elif item.get("newEmail") and not identity.get("contactId"):
        # "For new contacts, the newEmail field will be ignored." "Only possible if the contact is
        # identified with the current email address."
        contact.email = item["newEmail"]
    write(contact.fields, {name: identity.get(name) for name in CONTACT_SCALARS})
    write(contact.fields, {name: item.get(name) for name in ITEM_SCALARS})
    write(contact.address, identity.get("address") or {})
    write(contact.properties, item.get("properties") or {})
    opt(contact, item, reading)
    tag(contact, item, reading)
    for detail in item.get("dictionaryProperties") or []:
        if detail.get("value") is not None:
            contact.dictionary[detail["name"]] = (detail["type"], detail["value"])
    for consent in item.get("consentDetails") or []:
        name = consent["consentName"]
        contact.consents[name] = agreed(contact.consents.get(name), consent, reading)
    if item.get("relation"):
        contact.relations.add((item["relation"]["type"], item["relation"]["email"]))
    return contacts


def apply_all(contacts, items, reading):
    for item in items:
        contacts = apply(contacts, item, reading)
    return contacts


def find(contacts, identity):
    """By contactId where given ("the email field is optional"), else by e-mail in any case."""
    for contact in contacts:
        if identity.get("contactId"):
            if contact.contact_id == identity["contactId"]:
                return contact
        elif contact.email.lower() == identity["email"].lower():
            return contact
    return None


def write(stored, given):
    """Null says nothing, "" clears."""
    for name, value in given.items():
        if value == "":
            stored.pop(name, None)
        elif value is not None:
            stored[name] = value


def opt(contact, item, reading):
    """Forcing opt-in holds "if the previous option (opt-out) has not been chosen"."""
    if item.get("forceOptOut"):
        contact.email_opt_in = False
    elif item.get("forceOptIn") and not reading.double_opt_in:
        contact.email_opt_in = True
    if item.get("forcePhoneOptOut"):
        contact.phone_opt_in = False
    elif item.get("forcePhoneOptIn"):
        contact.phone_opt_in = True


def tag(contact, item, reading):
    """ "Adding the same tag to both arrays will remove the tag completely." """
    contact.tags |= {stored_tag(each, reading) for each in item.get("tags") or []}
    contact.tags -= {stored_tag(each, reading) for each in item.get("removeTags") or []}


def stored_tag(text, reading):
    """Special characters become _, letters with diacritics their Latin equivalent."""
    latin = unicodedata.normalize("NFD", text.replace("Ł", "L").replace("ł", "l"))
    bare = "".join(each for each in latin if not unicodedata.combining(each))
    stored = re.sub(r"[^A-Za-z0-9_]", "_", bare)
    return stored if reading.tags_have_case else stored.upper()


def agreed(before, consent, reading):
    """A consent after one entry: "confirmed" or "withdrawn" never becomes "not confirmed"."""
    status = NOT_CONFIRMED
    if consent.get("optOut"):
        status = WITHDRAWN
    elif consent.get("consentAccept"):
        status = CONFIRMED
    if before and before["status"] != NOT_CONFIRMED and status == NOT_CONFIRMED:
        return before
    details = {name: consent.get(name) for name in ("ip", "consentDescriptionId")}
    if before and reading.consents_keep_details:
        details = {
            name: before[name] if value is None else value for name, value in details.items()
        }
    return {"status": status, "agreementDate": consent.get("agreementDate") or NOW, **details}


PARENT = {"type": "PARENT", "email": "child@b.pl"}
# Few names and values, so that sequences meet themselves.
TAGS = st.sampled_from(["VIP", "Vip", "SALE", "CAFE", "Café", "A B", "A_B", "ŁÓDŹ", "LODZ"])
TEXT = st.sampled_from(["", "a", "b"]) | st.none()
FLAG = st.booleans() | st.none()


def some(**fields):
    return st.fixed_dictionaries({}, optional=fields)


def texts(*names):
    return some(**dict.fromkeys(names, TEXT))


CONSENTS = st.lists(
    st.tuples(
        st.sampled_from([(True, False), (False, True), (False, False)]),
        st.fixed_dictionaries(
            {"consentName": st.sampled_from(["TERMS", "POST"])},
            optional={
                "agreementDate": st.sampled_from([1, 2, None]),
                "ip": st.sampled_from(["::1", "::2", None]),
                "consentDescriptionId": st.sampled_from([1, 2]),
            },
        ),
    ).map(lambda pair: {"consentAccept": pair[0][0], "optOut": pair[0][1], **pair[1]}),
    max_size=2,
    unique_by=lambda entry: entry["consentName"],
)
DETAILS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["visits", "shoe"]),
            "type": st.sampled_from(["NUMBER", "DATE"]),
            "value": st.sampled_from([1, 2, None]),
        }
    ),
    max_size=3,
)
TAG_LISTS = {name: st.lists(TAGS, max_size=3) for name in ("tags", "removeTags")}
FLAGS = dict.fromkeys(("forceOptIn", "forceOptOut", "forcePhoneOptIn", "forcePhoneOptOut"), FLAG)
MAPS = {"properties": texts("size", "pet") | st.none(), "dictionaryProperties": DETAILS}
BARRIER = {"newEmail": st.sampled_from([None] * 12 + ["new@b.pl"])}
RELATION = {"relation": st.sampled_from([None, PARENT, {**PARENT, "type": "CHILD"}])}
SCALARS = {"birthday": TEXT, "province": TEXT}
ANYTHING = TAG_LISTS | FLAGS | MAPS | BARRIER | RELATION | SCALARS | {"consentDetails": CONSENTS}
BY_EMAIL = st.sampled_from([{"email": "a@b.pl"}, {"email": "A@B.pl"}])
BY_ID = st.sampled_from([{"contactId": "id-1"}, {"contactId": "id-1", "email": "a@b.pl"}])


def items(identities, fields):
    rest = some(name=TEXT, externalId=TEXT, address=texts("city", "country"))
    contacts = st.builds(lambda identity, rest: identity | rest, identities, rest)
    return st.builds(lambda contact, rest: {"contact": contact} | rest, contacts, some(**fields))


ITEMS = items(BY_EMAIL | BY_ID, ANYTHING)
#: One contact's upserts: of all kinds, or of one kind, so that they meet each other more often.
SEQUENCES = st.one_of(
    st.lists(ITEMS, max_size=6),
    *(
        st.lists(items(identities, fields), max_size=6)
        for identities in (BY_EMAIL, BY_ID)
        for fields in (
            ANYTHING,
            TAG_LISTS,
            FLAGS,
            {"consentDetails": CONSENTS},
            BARRIER | RELATION | SCALARS,
        )
    ),
)
READINGS = st.builds(Reading, st.booleans(), st.booleans(), st.booleans())
AGREED = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["confirmed", "withdrawn", "not confirmed"]),
        "agreementDate": st.just(0),
        "ip": st.sampled_from([None, "::0"]),
        "consentDescriptionId": st.just(0),
    }
)
STARTS = st.just([]) | st.builds(
    Contact,
    contact_id=st.just("id-1"),
    email=st.just("a@b.pl"),
    fields=st.dictionaries(st.sampled_from(["name", "phone", "birthday"]), st.just("old")),
    address=st.dictionaries(st.sampled_from(["city", "country"]), st.just("old")),
    properties=st.dictionaries(st.sampled_from(["size", "pet"]), st.just("old")),
    dictionary=st.dictionaries(st.just("visits"), st.just(("NUMBER", 9))),
    consents=st.dictionaries(st.sampled_from(["TERMS", "POST"]), AGREED),
    tags=st.sets(st.sampled_from(["VIP", "SALE", "CAFE", "A_B", "LODZ"])),
    email_opt_in=st.booleans(),
    phone_opt_in=st.booleans(),
).map(lambda contact: [contact])
