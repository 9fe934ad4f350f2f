"""Dead letters mended and carried about: pure decisions."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from batchline.producers.enqueue import Target
from batchline.producers.lanes import Lane
from batchline.systems.api_text import cleaned_text
from batchline.systems.registry import operations
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.messages import (
    ContactUpsert,
    CouponRedemption,
    CustomPush,
    ExternalEvent,
)
from batchline.worker.dead_letters.assign import Assignment, assigned
from batchline.worker.dead_letters.edit import (
    changed_fields,
    document,
    edited,
    from_document,
)
from batchline.worker.dead_letters.filter import EVERY, Filter, stored_contact
from batchline.worker.dead_letters.letter import REASONS, DeadLetter
from batchline.worker.dead_letters.lines import as_json, from_fields, to_line
from batchline.worker.intake.lines import BadLine, fields_of, parse
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.message_ids import parse as parse_id
from batchline.worker.store.parking import Meta
from tests.properties import OWN_IDS, TEXTS_OF_MESSAGES

NOW = 1_795_248_000_000
ACCOUNT = SalesmanagoAccount(
    system="salesmanago",
    url="http://x",
    client_id="c",
    api_key="k",
    api_secret="s",
    owner="o@v.pl",
    operations={"event.add": {"partitions": 7}, "contact.upsert": {"partitions": 3}},
)
SETTINGS = SimpleNamespace(account=lambda name: ACCOUNT)

EMAILS = st.from_regex(r"[A-Za-z0-9]{1,9}@[a-z]{1,9}\.pl", fullmatch=True)
MESSAGES = st.one_of(
    st.builds(CouponRedemption, email=EMAILS, coupon=OWN_IDS.filter(bool)),
    st.builds(
        lambda email, owner, event: ExternalEvent.model_validate(
            {"email": email, "owner": owner, "contactEvent": event}
        ),
        EMAILS,
        st.none() | EMAILS,
        st.fixed_dictionaries(
            {"date": st.just(NOW), "contactExtEventType": st.just("PURCHASE")},
            optional={
                "value": st.integers(-(10**8), 10**8).map(lambda cents: cents / 100),
                "detail1": TEXTS_OF_MESSAGES,
                "externalId": OWN_IDS,
            },
        ),
    ),
    st.builds(
        lambda email, lang, rest: ContactUpsert.model_validate(
            {"contact": {"email": email}, "lang": lang, **rest}
        ),
        EMAILS,
        st.none() | TEXTS_OF_MESSAGES,
        st.fixed_dictionaries(
            {},
            optional={
                "tags": st.lists(TEXTS_OF_MESSAGES.filter(bool), max_size=3),
                "properties": st.dictionaries(
                    TEXTS_OF_MESSAGES.filter(bool), TEXTS_OF_MESSAGES, max_size=3
                ),
                "forceOptIn": st.booleans(),
            },
        ),
    ),
)


def letter(message, **changes):
    stored = Target.of(message, "default", SETTINGS).stored(message)
    message_id = f"{stored.lane}@{NOW}-3"
    made = DeadLetter(
        message_id,
        stored.lane,
        "rejected",
        "no such thing",
        NOW,
        stored.contact,
        stored.options,
        stored.payload.decode(),
        Meta(message_id, 0, [(NOW, "no such thing")]),
    )
    return replace(made, **changes)


COUPON = letter(CouponRedemption(email="ann@shop.example", coupon="SB-1"))


def edit(one, *assignments):
    data = document(one)["data"]
    made = assigned(
        operations("salesmanago")[one.operation].message,
        data,
        [Assignment.parse(text) for text in assignments],
    )
    return edited(one, made, SETTINGS, NOW + 1)


# Editing


@given(MESSAGES)
def test_a_message_written_out_and_read_back_is_unchanged(message):
    one = letter(message)
    assert edited(one, from_document(one, json.dumps(document(one))), SETTINGS, NOW) is None


@given(MESSAGES, st.data())
def test_setting_a_field_to_what_it_is_changes_nothing(message, data):
    one = letter(message)
    fields = document(one)["data"]
    path = []
    while isinstance(fields, dict) and fields:
        name = data.draw(st.sampled_from(sorted(fields)))
        path.append(name)
        fields = fields[name]
    assume(all("." not in name and "=" not in name and name.strip() == name for name in path))
    assert edit(one, f"{'.'.join(path)}={json.dumps(fields)}") is None


@given(MESSAGES, EMAILS)
def test_an_edited_letter_is_what_a_producer_would_enqueue_now(message, email):
    one = letter(message)
    field = "contact.email" if message.operation == "contact.upsert" else "email"
    new = edit(one, f"{field}={email}")
    if new is None:
        assert email == message.contact_key() or email in one.payload
        return
    data = {**json.loads(one.payload), **json.loads(one.options or "{}")}
    data.setdefault("contact", data)["email"] = email
    if message.operation != "contact.upsert":
        del data["contact"]
    fresh = Target.of(message, "default", SETTINGS).stored(type(message).model_validate(data))
    assert (new.lane, new.contact, new.options) == (fresh.lane, fresh.contact, fresh.options)
    assert json.loads(new.payload) == json.loads(fresh.payload)
    assert (new.id, new.reason, new.died_at) == (one.id, one.reason, one.died_at)
    assert new.meta.history == [*one.meta.history, (NOW + 1, f"edited: {field}")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("coupon=SB 2", "SB 2"),
        ("coupon=42", "42"),
        ("coupon=true", "true"),
        ('coupon="42"', "42"),
        ("coupon=a=b", "a=b"),
        ("coupon=[1]", "[1]"),
        ("coupon={", "{"),
        ("coupon=NaN", "NaN"),
    ],
)
def test_a_text_field_takes_what_was_typed(text, value):
    assert json.loads(edit(COUPON, text).payload)["coupon"] == value


def test_names_of_python_mean_the_apis_fields_at_every_depth():
    upsert = ContactUpsert.model_validate(
        {
            "contact": {"email": "a@b.pl"},
            "consentDetails": [{"consentName": "news"}],
            "properties": {"camelCase": "x"},
        }
    )
    new = edit(
        letter(upsert),
        "contact.address.zip_code=00-001",
        "consent_details.0.consent_accept=true",
        'consentDetails.1={"consentName": "sms"}',
        "properties.snake_case=7",
        "properties.camelCase=null",
        "async=true",
    )
    assert json.loads(new.payload) == {
        "contact": {"email": "a@b.pl", "address": {"zipCode": "00-001"}},
        "consentDetails": [{"consentName": "news", "consentAccept": True}, {"consentName": "sms"}],
        "properties": {"snake_case": "7"},
    }
    assert json.loads(new.options) == {"async": True}


def test_a_push_title_may_be_typed_as_a_text():
    push = CustomPush(application_id="a", email="a@b.pl", title="Hello", deeplink="app://x")
    for text in ("title=Sale", "title.text=Sale", "title=2026"):
        title = json.loads(edit(letter(push), text).payload)["title"]
        assert title == {"personalized": False, "text": text.partition("=")[2]}


def test_removing_what_is_not_there_changes_nothing():
    upsert = letter(ContactUpsert.model_validate({"contact": {"email": "a@b.pl"}}))
    assert edit(upsert, "contact.address.city=null", "tags.0=null", "owner=null") is None


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("coupon.x=1", "data.coupon: has no fields, so x cannot be set in it"),
        ("coupn=1", "data.coupn: the API documents no such field"),
        ("coupon=null", "data.coupon: is required"),
        ("email=", "data.email: must be an e-mail address"),
    ],
)
def test_what_cannot_be_set_is_refused_by_field_and_reason(text, detail):
    with pytest.raises(BadLine, match=re.escape(detail)):
        edit(COUPON, text)


def test_a_place_outside_a_list_is_refused():
    upsert = letter(
        ContactUpsert.model_validate({"contact": {"email": "a@b.pl"}, "tags": ["A", "B"]})
    )
    assert json.loads(edit(upsert, "tags.2=C").payload)["tags"] == ["A", "B", "C"]
    assert json.loads(edit(upsert, "tags.0=null").payload)["tags"] == ["B"]
    for index in ("3", "x", "-1", "9" * 5000):
        with pytest.raises(BadLine, match=r"data\.tags: is a list of 2"):
            edit(upsert, f"tags.{index}=C")


#: Payloads that are no JSON object.
UNREADABLE = ["{broken", "", '[{"coupon": "SB-1"}]', '"SB-1"', '{"a": NaN}', "[" * 5000, "\ud83d{"]


@pytest.mark.parametrize("payload", UNREADABLE)
def test_a_letter_that_is_no_json_object_is_shown_as_its_text_and_is_mended_by_its_fields(payload):
    upsert = {"contact": {"email": "ann@shop.example"}, "owner": "o@vendor.pl"}
    whole = letter(ContactUpsert.model_validate(upsert))
    broken = replace(whole, payload=payload)
    shown = document(broken)
    assert shown["data"] == {"payload": payload, "owner": "o@vendor.pl"}
    with pytest.raises(BadLine, match=r"^data\.payload: "):
        edited(broken, from_document(broken, as_json(shown)), SETTINGS, NOW)

    mended = edit(broken, "payload=null", "contact.email=ann@shop.example")
    assert (mended.payload, mended.options) == (whole.payload, whole.options)
    assert mended.meta.history[-1][1].startswith("edited: payload, ")


def test_a_field_set_in_what_cannot_be_read_alone_is_no_message_yet():
    with pytest.raises(BadLine, match=r"data\.payload: what was stored is no JSON object"):
        edit(replace(COUPON, payload="{broken"), "coupon=SB-2")


@pytest.mark.parametrize("text", ["coupon", "=1", ".a=1", "a..b=1", "a.=1"])
def test_an_assignment_without_a_field_or_value_is_refused(text):
    with pytest.raises(ValueError, match="FIELD=VALUE"):
        Assignment.parse(text)


@given(st.text())
def test_no_text_typed_makes_anything_but_a_message_or_a_refusal(text):
    try:
        new = edit(COUPON, text)
    except ValueError:
        return
    assert new is None or json.loads(new.payload)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS_OF_MESSAGES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS_OF_MESSAGES, inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON, JSON)
def test_changed_fields_are_named_exactly_when_something_changed(before, after):
    same = json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
    if isinstance(before, dict) and isinstance(after, dict):
        before, after = _without_null(before), _without_null(after)
        same = json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
    assert (list(changed_fields(before, after)) == []) == same


def _without_null(value):
    if isinstance(value, dict):
        return {name: _without_null(inner) for name, inner in value.items() if inner is not None}
    return value


# Lines


@given(MESSAGES, st.sampled_from(sorted(REASONS)), st.integers(1, 2 * NOW), TEXTS_OF_MESSAGES)
def test_a_letter_read_back_from_its_line_is_the_same_and_says_imported(
    message, reason, at, detail
):
    one = letter(message, reason=reason, died_at=at, detail=detail)
    back = from_fields(fields_of(to_line(one).encode()), SETTINGS, NOW + 5)
    assert back.meta.history[-1] == (NOW + 5, "imported")
    history = back.meta.history[:-1]
    assert back.system == message.system
    assert back.detail == cleaned_text(detail)
    back = replace(back, meta=replace(back.meta, history=history), system="", detail=detail)
    assert back == one


def test_texts_of_an_imported_line_are_made_fit_to_be_shown():
    line = json.loads(to_line(COUPON))
    line |= {"detail": "a\x1b[2Jb", "history": [[NOW, "\x07" + 9000 * "c"]]}
    back = from_fields(fields_of(json.dumps(line).encode()), SETTINGS, NOW)
    assert back.detail.isprintable()
    assert back.meta.history[0][1].isprintable()
    assert len(back.meta.history[0][1]) < 2000


@given(MESSAGES)
def test_a_letters_line_is_also_a_message_to_enqueue_with_its_id_as_key(message):
    one = letter(message)
    [outgoing] = parse(to_line(one).encode(), "default", SETTINGS)
    assert outgoing.idempotency_key == one.id
    stored = Target.of(outgoing.message, outgoing.account, SETTINGS).stored(outgoing.message)
    assert (stored.lane, stored.payload.decode(), stored.options) == (
        one.lane,
        one.payload,
        one.options,
    )


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_garbage_is_refused_as_a_line_and_never_breaks_anything(line):
    with pytest.raises(BadLine):
        from_fields(fields_of(line), SETTINGS, NOW)
    with pytest.raises(BadLine):
        parse(line, "default", SETTINGS)


@given(MESSAGES, st.sampled_from(["id", "account", "op", "reason", "died_at", "data"]), JSON)
def test_a_line_with_one_field_of_garbage_is_refused_or_read(message, field, garbage):
    fields = {**json.loads(to_line(letter(message))), field: garbage}
    try:
        made = from_fields(fields_of(json.dumps(fields).encode()), SETTINGS, NOW)
    except BadLine:
        return
    assert made.reason in REASONS
    assert made.died_at > 0


# Filters


@given(st.data())
def test_a_filter_fits_what_each_of_its_parts_fits(data):
    one = replace(
        COUPON,
        reason=data.draw(st.sampled_from(sorted(REASONS))),
        died_at=data.draw(st.integers(1, 9)),
        lane=Lane(data.draw(st.sampled_from(["default", "shop"])), "coupon.redeem"),
    )
    parts = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "account": st.sampled_from(["default", "shop"]),
                "operation": st.sampled_from(["coupon.redeem", "event.add"]),
                "reason": st.sampled_from(sorted(REASONS)),
                "contact": st.sampled_from([one.contact, "other"]),
                "text": st.sampled_from(["sb-1", "NO SUCH", "nowhere"]),
            },
        )
    )
    each = [Filter(**{name: value}).fits(one) for name, value in parts.items()]
    assert Filter(**parts).fits(one) == all(each)
    assert EVERY.fits(one)


def test_a_contact_is_compared_as_it_is_stored():
    assert stored_contact(" Ann@Shop.example ") == "ann@shop.example"
    assert stored_contact("aB-1") == "aB-1"


# Ids


@given(st.lists(st.tuples(st.integers(0, 10**13), st.integers(0, 999)), unique=True))
def test_ids_sort_as_their_messages_were_enqueued(indexes):
    ids = [f"default:event.add:{number % 3}@{at}-{number}" for at, number in indexes]
    assert sorted(ids, key=in_order) == [
        f"default:event.add:{number % 3}@{at}-{number}" for at, number in sorted(indexes)
    ]


@given(st.text())
def test_a_text_is_a_message_id_or_refused(text):
    with pytest.raises(ValueError, match="no message id"):
        parse_id(text)


def test_an_id_says_its_lane_and_its_place():
    assert parse_id("shop:push.send_custom:3@7-5") == (Lane("shop", "push.send_custom", 3), "7-5")


@pytest.mark.parametrize("payload", ["{broken", '{"coupon": "\\ud83d"}', '{"a": NaN}', "[" * 5000])
def test_a_letter_of_any_payload_is_a_line_and_importing_it_says_what_is_wrong(payload):
    line = to_line(replace(COUPON, payload=payload)).encode()
    with pytest.raises(BadLine, match="data"):
        from_fields(fields_of(line), SETTINGS, NOW)
