"""For any message: what is sent reads back as the same message."""

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.message import SMALLEST_MILLIS
from batchline.systems.salesmanago.messages import (
    EVENT_TYPES,
    ContactUpsert,
    CouponRedemption,
    CustomMassPush,
    CustomPush,
    ExternalEvent,
    MassPush,
    Push,
)
from tests.properties import LETTERS, OWN_IDS


def texts(longest, shortest=0):
    return st.text(LETTERS, min_size=shortest, max_size=longest)


def fields(required=None, **optional):
    """An object with these fields, the optional ones there, null or left out."""
    return st.fixed_dictionaries(
        required or {}, optional={name: st.none() | value for name, value in optional.items()}
    )


FLAGS = st.booleans()
WORDS = FLAGS | st.sampled_from(["true", "false"])
MILLIS = st.integers(SMALLEST_MILLIS, 253_402_300_799_999)
LOCAL = st.from_regex(r"[A-Za-z0-9'+_-]{1,20}(\.[a-z0-9]{1,20})?", fullmatch=True)
EMAILS = st.builds("{}@{}.pl".format, LOCAL, st.from_regex("[a-zA-Z0-9]{1,20}", fullmatch=True))
IDS = st.from_regex("[0-9A-Za-z._-]{1,36}", fullmatch=True)
SOME_TEXTS = texts(255)
PROPERTIES = st.dictionaries(texts(20, 1), texts(20), max_size=5)

CONTACTS = st.builds(
    lambda known, rest: {**rest, **known},
    st.fixed_dictionaries({"email": EMAILS}, optional={"contactId": IDS}),
    fields(
        name=SOME_TEXTS,
        phone=OWN_IDS,
        externalId=OWN_IDS,
        state=st.sampled_from(["CUSTOMER", "UNKNOWN"]),
        address=fields(streetAddress=SOME_TEXTS, city=SOME_TEXTS, country=SOME_TEXTS),
    ),
)
DICTIONARY = fields({"name": texts(20, 3), "type": st.just("NUMBER"), "value": st.integers(1)}) | (
    fields({"name": texts(20, 3), "type": st.just("DATE"), "value": MILLIS})
)
CONSENTS = fields(
    {"consentName": texts(30, 1)},
    consentAccept=FLAGS,
    agreementDate=MILLIS,
    ip=SOME_TEXTS,
    optOut=FLAGS,
    consentDescriptionId=st.integers(0, 2**31),
)
BIRTHDAYS = st.dates(date(1, 1, 1)) | st.sampled_from(["", "0229", "19801017"])
OPTIONS = st.one_of(
    fields(lang=SOME_TEXTS, fireEvents=FLAGS, owner=EMAILS),
    fields(doubleOptInEmailId=OWN_IDS, doubleOptInLanguage=SOME_TEXTS, **{"async": FLAGS}),
)
UPSERTS = st.builds(
    lambda item, options: {**item, **options},
    fields(
        {"contact": CONTACTS},
        newEmail=EMAILS,
        birthday=BIRTHDAYS,
        province=SOME_TEXTS,
        forceOptIn=FLAGS,
        forcePhoneOptOut=FLAGS,
        tags=st.lists(texts(20, 1), max_size=4),
        removeTags=st.lists(texts(20, 1), max_size=4),
        properties=PROPERTIES,
        dictionaryProperties=st.lists(DICTIONARY, max_size=3),
        consentDetails=st.lists(CONSENTS, max_size=3),
        useApiDoubleOptIn=FLAGS,
    ),
    OPTIONS,
)
EVENTS = fields(
    {
        "email": EMAILS,
        "contactEvent": fields(
            {"contactExtEventType": st.sampled_from(sorted(EVENT_TYPES))},
            date=MILLIS,
            products=texts(2048) | st.lists(IDS, max_size=20),
            value=st.decimals(-(10**12), 10**12, places=2) | st.integers(-(10**18), 10**18),
            location=st.from_regex("([A-Za-z_][A-Za-z0-9_]{0,20})?", fullmatch=True),
            description=texts(2048),
            externalId=OWN_IDS,
            shopDomain=SOME_TEXTS,
            detail1=SOME_TEXTS,
            detail20=SOME_TEXTS,
        ),
    },
    contactId=IDS,
    owner=EMAILS,
)
PUSH_TEXTS = texts(80, 1) | fields({"text": texts(80, 1)}, personalized=WORDS)
ADDRESSEES = fields(
    {
        "addresseeType": st.sampled_from(["EMAIL", "email"]),
        "value": st.lists(EMAILS, min_size=1, max_size=3),
    }
) | fields({"addresseeType": st.just("TAG"), "value": IDS})
TO_ONE = st.one_of(
    st.fixed_dictionaries({name: values})
    for name, values in (("email", EMAILS), ("contactId", IDS), ("userId", IDS))
)
TO_MANY = fields(
    date=MILLIS | MILLIS.map(str), contacts=st.lists(ADDRESSEES, min_size=1, max_size=3)
)
COMMON = fields({"applicationId": IDS}, properties=PROPERTIES, sendToAllDevices=WORDS)
EXISTING = st.fixed_dictionaries({"pushId": IDS})
CONTENT = fields(
    {"title": PUSH_TEXTS, "deeplink": PUSH_TEXTS, "content": PUSH_TEXTS, "imageUrl": texts(80, 1)},
    soundName=texts(80),
)


def together(*parts):
    return st.tuples(*parts).map(lambda given: {k: v for part in given for k, v in part.items()})


def reads_back(model, item):
    message = model.model_validate(item)
    sent = json.loads(message.payload())
    options = json.loads(message.options() or "{}")
    assert not sent.keys() & options.keys()
    assert model.model_validate(sent | options) == message
    assert model.model_validate_json(json.dumps(sent | options)) == message
    assert model.model_validate(sent | options).payload() == message.payload()


@given(UPSERTS)
def test_any_upsert_reads_back(item):
    reads_back(ContactUpsert, item)


@given(EVENTS)
def test_any_event_reads_back(item):
    reads_back(ExternalEvent, item)


@given(together(COMMON, EXISTING, TO_ONE))
def test_any_push_reads_back(item):
    reads_back(Push, item)


@given(together(COMMON, CONTENT, TO_ONE))
def test_any_custom_push_reads_back(item):
    reads_back(CustomPush, item)


@given(together(COMMON, EXISTING, TO_MANY))
def test_any_mass_push_reads_back(item):
    reads_back(MassPush, item)


@given(together(COMMON, CONTENT, TO_MANY))
def test_any_custom_mass_push_reads_back(item):
    reads_back(CustomMassPush, item)


@given(fields({"email": EMAILS, "coupon": OWN_IDS.filter(bool)}))
def test_any_redemption_reads_back(item):
    reads_back(CouponRedemption, item)
