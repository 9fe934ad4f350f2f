"""What POST /v1/contacts is said to do to an organisation's contacts, as a pure function of a call.

Written from the vendor's texts on matching and on `contactFields`, without a look at the merging.
Where they leave a question open, `Reading` holds the answers it can have.
At the end: what hypothesis draws.
"""

import copy
from dataclasses import dataclass, field

from hypothesis import strategies as st


@dataclass(frozen=True)
class Reading:
    """What the texts do not say."""

    #: "The field named by dedupeOn is not itself updated": also when the contact was found by its
    #: externalCustomerId?
    dedupe_field_stays: bool = True
    #: Whether a field that contactFields cannot name is written when it is given.
    unnamed_is_written: bool = True


@dataclass
class Contact:
    own_id: str | None = None
    #: firstName, town, email, sms ...: one value each.
    fields: dict[str, str | None] = field(default_factory=dict)
    custom: dict[int, str | None] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)


@dataclass
class Organisation:
    contacts: list[Contact] = field(default_factory=list)
    #: What was said when a contact was new: (event key, EmailAddress, SMS).
    events: list[tuple] = field(default_factory=list)


NAMED = ("firstName", "lastName", "email", "sms", "region", "town", "address", "postcode")
UNNAMED = ("languageCode", "timeZone", "countryCode")


def apply(organisation, call, reading):
    """The organisation after one call, `call` being its body."""
    organisation = copy.deepcopy(organisation)
    for given in call["contacts"]:
        upsert(organisation, call, flat(given), reading)
    return organisation


def flat(given):
    """A contact with its channels and its address as fields beside the others."""
    made = {**given, **given.get("address", {})}
    if "address" not in given.get("address", {}):
        made.pop("address", None)
    for channel in given.get("channels", []):
        if channel["type"] in ("email", "sms"):
            made[channel["type"]] = channel["value"]
        else:
            made.setdefault("tokens", set()).add(channel["value"])
    return made


def upsert(organisation, call, given, reading):
    contact = find(organisation.contacts, call["dedupeOn"], given)
    if contact is None and looked_for_by(call["dedupeOn"], given) is None:
        return  # Nothing to look for it by: a failed contact.
    is_new = contact is None
    if contact is None:
        contact = Contact()
        organisation.contacts.append(contact)
    contact.own_id = given.get("externalCustomerId", contact.own_id)
    for name in call["contactFields"]:
        stays = reading.dedupe_field_stays and name == call["dedupeOn"] and not is_new
        if not stays:
            # "If data is missing, the fields are updated with null."
            contact.fields[name] = given.get(name)
    if reading.unnamed_is_written:
        contact.fields |= {name: given[name] for name in UNNAMED if name in given}
    values = {one["id"]: one["value"] for one in given.get("fields", [])}
    for field_id in call["customFieldsIDs"]:
        contact.custom[field_id] = values.get(field_id)
    contact.tokens |= given.get("tokens", set())
    if is_new and "eventKeyForNewContacts" in call:
        said = contact.fields.get("email"), contact.fields.get("sms")
        organisation.events.append((call["eventKeyForNewContacts"], *said))


def find(contacts, dedupe_on, given):
    """By externalCustomerId, then by what dedupeOn names; a contact with another externalCustomerId
    is another."""
    own_id = given.get("externalCustomerId")
    by_own = [one for one in contacts if own_id is not None and one.own_id == own_id]
    if by_own:
        return by_own[0]
    names = {"email_or_sms": ("sms", "email")}.get(dedupe_on, (dedupe_on,))
    for name in names:
        for one in contacts:
            same = name in given and lower(one.fields.get(name)) == lower(given[name])
            if same and (own_id is None or one.own_id is None):
                return one
    return None


def looked_for_by(dedupe_on, given):
    names = ("sms", "email") if dedupe_on == "email_or_sms" else (dedupe_on,)
    return next((given[n] for n in ("externalCustomerId", *names) if n in given), None)


def lower(value):
    return value.lower() if value else None


# Few names and values, so that sequences meet themselves. A person is always known by the same kind
# of identifier, and shares none with another: nobody could say in which order others belong.
TEXT = st.sampled_from(["", "a", "b"])
REST = st.fixed_dictionaries(
    {},
    optional={
        "firstName": TEXT,
        "languageCode": st.sampled_from(["uk", "en"]),
        "address": st.fixed_dictionaries({}, optional={"town": TEXT, "countryCode": TEXT}),
        "fields": st.lists(
            st.fixed_dictionaries({"id": st.sampled_from([1, 2]), "value": TEXT}),
            min_size=1,
            max_size=2,
            unique_by=lambda one: one["id"],
        ),
    },
)
TOKENS = st.lists(
    st.sampled_from(["t", "u"]).map(lambda token: {"type": "mobilepush", "value": token}),
    max_size=1,
)


def person(own_id, emails, numbers, always):
    """Upserts of somebody: `always` is the channel that each has, or None."""

    def channel(kind, values):
        one = st.sampled_from(values).map(lambda value: [{"type": kind, "value": value}])
        return one if always == kind else st.just([]) | one

    channels = st.tuples(channel("email", emails), channel("sms", numbers), TOKENS).map(
        lambda parts: [channel for part in parts for channel in part]
    )
    own = {"externalCustomerId": own_id} if own_id else {}
    return st.builds(
        lambda channels, rest: {**own, **({"channels": channels} if channels else {}), **rest},
        channels,
        REST,
    )


PEOPLE = st.one_of(
    person("1", ["a@b.pl", "A@b.pl", "x@b.pl"], ["381", "382"], None),
    person(None, ["z@b.pl", "Z@b.pl"], ["391", "392"], "email"),
    person(None, ["unused@b.pl"], ["371"], "sms").filter(
        lambda one: all(channel["type"] != "email" for channel in one["channels"])
    ),
)
OPTIONS = st.sampled_from(
    [
        *[{}] * 4,
        {"dedupeOn": "email"},
        {"dedupeOn": "sms"},
        {"dedupeOn": "externalCustomerId"},
        *[{"contactFields": ["firstName"]}] * 2,
        *[{"customFieldsIDs": [2]}] * 2,
        {"eventKeyForNewContacts": "New"},
        {"dedupeOn": "email", "eventKeyForNewContacts": "New"},
        {"groupNames": ["g"]},
    ]
)
DEFAULTS = st.sampled_from(["email", "sms", "email_or_sms", "externalCustomerId"])
READINGS = st.builds(Reading, st.booleans(), st.booleans())
STARTS = st.lists(
    st.sampled_from(
        [
            Contact("1", {"email": "a@b.pl", "firstName": "old"}, {1: "old"}),
            Contact(None, {"email": "x@b.pl", "sms": "381"}, {2: "old"}),
            Contact(None, {"email": "z@b.pl", "town": "old", "sms": "391"}),
            Contact(None, {"sms": "392", "languageCode": "pl"}),
            Contact("9", {"sms": "371", "firstName": "old"}),
        ]
    ),
    max_size=3,
    unique_by=lambda one: str(one),
).map(Organisation)
