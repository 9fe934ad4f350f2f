"""Which requests eSputnik's operations become."""

import itertools
import json
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.columns import Item
from batchline.systems.esputnik import segments
from batchline.testing.conformance import Bench
from tests.conformance.esputnik import CASES

BENCH = Bench(CASES)


def contact(email, **fields):
    return {"channels": [{"type": "email", "value": email}], **fields}


def requests_of(lane, messages, **account):
    """Waves of the requests of (operation, data) in a lane."""
    bench = Bench(CASES)
    bench.account = bench.account.model_copy(update=account)
    return [[(request, bench.call(request)) for request in wave] for wave in bench.waves(messages)]


def order(waves):
    return [[[item.messages for item in request.items] for request, _ in wave] for wave in waves]


def said(call):
    return json.loads(call.body)


def test_the_key_is_the_password_of_http_basic():
    ((_, call),) = requests_of("event.add", [event("a@b.pl", 1)])[0]
    scheme, _, credentials = call.headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert b64decode(credentials) == b"batchline:SECRET-key"


# --- contacts ------------------------------------------------------------------------------------


def test_contacts_of_one_call_give_the_same_fields_and_the_call_names_just_these():
    waves = requests_of(
        "contact.upsert",
        [
            ("contact.upsert", contact("a@b.pl", firstName="A")),
            ("contact.upsert", contact("b@b.pl", lastName="B")),
            ("contact.upsert", contact("c@b.pl", firstName="")),
            ("contact.upsert", contact("d@b.pl", firstName="D", fields=[{"id": 5, "value": "x"}])),
        ],
    )
    assert order(waves) == [[[(0,), (2,)], [(1,)], [(3,)]]]
    bodies = [said(call) for _, call in waves[0]]
    assert [body["contactFields"] for body in bodies] == [
        ["firstName", "email"],
        ["lastName", "email"],
        ["firstName", "email"],
    ]
    assert [body["customFieldsIDs"] for body in bodies] == [[], [], [5]]


@pytest.mark.parametrize(
    "named",
    [
        {"contactFields": ["sms"]},
        {"contactFields": ["lastName", "sms"], "customFieldsIDs": [7]},
        {"customFieldsIDs": [7, 5]},
    ],
)
def test_what_the_caller_names_is_sent_as_it_is_and_nothing_more(named):
    upsert = contact("a@b.pl", firstName="A", fields=[{"id": 5, "value": "x"}], **named)
    ((_, call),) = requests_of("contact.upsert", [("contact.upsert", upsert)])[0]
    own = {"contactFields": ["firstName", "email"], "customFieldsIDs": [5]}
    assert {name: said(call)[name] for name in own} == own | named


@pytest.mark.parametrize(
    ("more", "named"), [((), ["email"]), (("languageCode",), ["email", "languageCode"])]
)
def test_names_that_nobody_documents_are_sent_when_the_account_knows_them(more, named):
    upsert = ("contact.upsert", contact("a@b.pl", languageCode="uk"))
    ((_, call),) = requests_of("contact.upsert", [upsert], contact_fields=more)[0]
    assert said(call)["contactFields"] == named


def test_the_message_says_how_contacts_are_told_apart_or_else_the_account():
    both = {"channels": [EMAIL, SMS]}
    messages = [
        ("contact.upsert", both),
        ("contact.upsert", contact("b@b.pl", dedupeOn="email")),
    ]
    bodies = [said(call) for _, call in requests_of("contact.upsert", messages, dedupe_on="sms")[0]]
    assert [body["dedupeOn"] for body in bodies] == ["sms", "email"]


SMS = {"type": "sms", "value": "380501234567"}
EMAIL = {"type": "email", "value": "a@b.pl"}
TOKEN = {"type": "webpush", "value": "token"}


@pytest.mark.parametrize(
    ("account", "fields", "sent"),
    [
        ("email", {"channels": [SMS]}, "sms"),
        ("email", {"channels": [SMS, EMAIL]}, "email"),
        ("email", {"channels": [SMS], "externalCustomerId": "1"}, "externalCustomerId"),
        ("email", {"channels": [TOKEN], "firstName": "A"}, "webpush"),
        ("email", {"id": 7, "firstName": "A"}, "id"),
        ("sms", {"channels": [EMAIL]}, "email"),
        ("sms", {"channels": [SMS], "externalCustomerId": "1"}, "sms"),
        ("email_or_sms", {"channels": [SMS]}, "email_or_sms"),
        ("email_or_sms", {"channels": [TOKEN, SMS]}, "email_or_sms"),
        ("email_or_sms", {"externalCustomerId": "1", "firstName": "A"}, "externalCustomerId"),
        ("externalCustomerId", {"channels": [EMAIL, SMS]}, "email"),
    ],
)
def test_a_contact_is_never_looked_for_by_what_it_does_not_give(account, fields, sent):
    # 004:157-163: what is not found is created, so each time another one.
    message = ("contact.upsert", fields)
    ((_, call),) = requests_of("contact.upsert", [message], dedupe_on=account)[0]
    assert said(call)["dedupeOn"] == sent


def test_contacts_that_are_looked_for_by_different_fields_go_in_different_calls():
    messages = [("contact.upsert", {"channels": [one]}) for one in (EMAIL, SMS)]
    bodies = [said(call) for _, call in requests_of("contact.upsert", messages)[0]]
    assert [(body["dedupeOn"], len(body["contacts"])) for body in bodies] == [
        ("email", 1),
        ("sms", 1),
    ]


def test_a_deletion_is_never_in_a_wave_with_what_came_before_it():
    waves = requests_of(
        "contact.upsert",
        [
            ("contact.upsert", contact("a@b.pl", externalCustomerId="1")),
            ("contact.delete", {"externalCustomerId": "1", "erase": False}),
            ("contact.upsert", contact("a@b.pl", externalCustomerId="1")),
            ("contact.upsert_one", contact("A@b.pl")),
            ("contact.update", {"contactId": 7, "firstName": "A"}),
            ("contact.delete", {"contactId": 7}),
        ],
    )
    assert order(waves) == [[[(0,)], [(4,)]], [[(1,)], [(5,)]], [[(2,)]], [[(3,)]]]
    calls = [(call.method, call.url.partition("/api")[2]) for wave in waves for _, call in wave]
    assert calls == [
        ("POST", "/v1/contacts"),
        ("PUT", "/v1/contact/7"),
        ("DELETE", "/v1/contact?externalCustomerId=1&erase=false"),
        ("DELETE", "/v1/contact/7"),
        ("POST", "/v1/contacts"),
        ("POST", "/v1/contact"),
    ]


def test_nothing_merges_across_a_deletion():
    upsert = ("contact.upsert", contact("a@b.pl", externalCustomerId="1"))
    deletion = ("contact.delete", {"externalCustomerId": "1"})
    waves = requests_of("contact.upsert", [upsert, upsert, deletion, upsert])
    assert order(waves) == [[[(0, 1)]], [[(2,)]], [[(3,)]]]


def test_an_id_of_ones_own_is_escaped_in_the_address_and_missing_in_the_repr():
    message = ("contact.delete", {"externalCustomerId": "a&b=ann@shop.example"})
    ((_, call),) = requests_of("contact.upsert", [message])[0]
    assert call.url.endswith("/contact?externalCustomerId=a%26b%3Dann%40shop.example")
    assert "ann" not in repr(call)
    assert call.body == b""


# --- events and orders ---------------------------------------------------------------------------


def event(key, number):
    return (
        "event.add",
        {"eventTypeKey": "t", "keyValue": key, "params": [{"name": "n", "value": number}]},
    )


def test_events_of_one_contact_go_one_after_the_other():
    waves = requests_of("event.add", [event("a@b.pl", 1), event("A@b.pl", 2), event("c@b.pl", 3)])
    assert order(waves) == [[[(0,)], [(2,)]], [[(1,)]]]


def test_nested_values_are_text_in_v1_and_json_in_v2():
    nested = {
        "eventTypeKey": "t",
        "keyValue": "k",
        "params": [{"name": "n", "value": {"ä": [1, None]}}],
    }
    bodies = [
        said(requests_of(operation, [(operation, nested)])[0][0][1])
        for operation in ("event.add", "event.add_v2")
    ]
    assert [body["params"][0]["value"] for body in bodies] == ['{"ä":[1,null]}', {"ä": [1, None]}]


def placed(number, status, **fields):
    return (
        "order.upsert",
        {
            "externalOrderId": number,
            "totalCost": 1,
            "status": status,
            "date": "2026-11-01",
            "phone": "1",
            **fields,
        },
    )


def test_of_an_order_the_newest_version_goes():
    waves = requests_of(
        "order.upsert",
        [placed("1", "INITIALIZED"), placed("2", "INITIALIZED"), placed("1", "DELIVERED")],
    )
    assert order(waves) == [[[(0, 2), (1,)]]]
    assert said(waves[0][0][1])["orders"][0]["status"] == "DELIVERED"


def test_a_version_that_says_less_follows_in_a_call_of_its_own():
    waves = requests_of(
        "order.upsert", [placed("1", "INITIALIZED", firstName="A"), placed("1", "DELIVERED")]
    )
    assert order(waves) == [[[(0,)]], [[(1,)]]]


# --- messages, unsubscribes, segments ------------------------------------------------------------


def prepared(message, locator, **fields):
    return ("message.send", {"messageId": message, "locator": locator, **fields})


def test_recipients_travel_by_message_and_options_each_once_in_a_call():
    waves = requests_of(
        "message.send",
        [
            prepared(1, "a@b.pl"),
            prepared(1, "b@b.pl"),
            prepared(2, "c@b.pl"),
            prepared(1, "d@b.pl", email=True, fromName="Shop"),
            prepared(1, "A@b.pl"),
        ],
    )
    assert order(waves) == [[[(0,), (1,)], [(2,)], [(3,)]], [[(4,)]]]
    third = waves[0][2][1]
    assert third.url.endswith("/v1/message/1/smartsend")
    assert said(third) == {"recipients": [{"locator": "d@b.pl"}], "email": True, "fromName": "Shop"}


def email(address, **fields):
    made = {"from": "info@b.pl", "subject": "Hi", "htmlText": "<p>Hi</p>"}
    return ("email.send", {"email": address, **made, **fields})


def test_equal_emails_travel_together_and_a_recipient_is_once_in_a_call():
    # 004:298-301, 002:268: the methods; their results name each recipient.
    waves = requests_of(
        "email.send",
        [
            email("a@b.pl"),
            email("b@b.pl", subject="Bye"),
            email("c@b.pl"),
            email("A@b.pl", tags=["x"]),
        ],
    )
    assert order(waves) == [[[(0,), (2,)], [(1,)]], [[(3,)]]]
    first = waves[0][0][1]
    assert first.url.endswith("/v1/message/email")
    assert said(first) == {
        "emails": ["a@b.pl", "c@b.pl"],
        "from": "info@b.pl",
        "subject": "Hi",
        "htmlText": "<p>Hi</p>",
    }


def test_a_phone_number_goes_out_as_digits_in_the_list_of_its_method():
    message = {"phoneNumber": "+380501234567", "text": "Hi", "iosExpirityText": "Late"}
    ((_, call),) = requests_of("viber.send", [("viber.send", message)])[0]
    assert call.url.endswith("/v1/message/viber")
    assert said(call)["phoneNumbers"] == ["380501234567"]


def test_an_address_that_comes_and_goes_does_so_in_order():
    addresses = [
        ("email.unsubscribe", "a@b.pl"),
        ("email.resubscribe", "A@b.pl"),
        ("email.unsubscribe", "c@b.pl"),
    ]
    waves = requests_of(
        "contact.subscribe", [(name, {"email": email}) for name, email in addresses]
    )
    assert order(waves) == [[[(0,), (2,)]], [[(1,)]]]
    assert said(waves[0][0][1]) == {"emails": ["a@b.pl", "c@b.pl"]}
    assert waves[1][0][1].url.endswith("/v1/emails/unsubscribed/delete")


SEGMENT_CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["segment.attach", "segment.detach"]),
        st.fixed_dictionaries(
            {
                "segmentId": st.sampled_from([1, 2]),
                "contactIds": st.lists(st.integers(1, 900), min_size=1, max_size=400)
                | st.lists(st.integers(1, 4), min_size=1, max_size=3),
            }
        ),
    ),
    min_size=1,
    max_size=12,
)


@given(SEGMENT_CHANGES)
def test_changes_of_segments_end_as_one_by_one_in_calls_of_1_to_500_contacts(changes):
    expected, got = {}, {}
    for operation, data in changes:
        for each in data["contactIds"]:
            expected[data["segmentId"], each] = operation.removeprefix("segment.")
    for wave in requests_of("segment.attach", changes):
        for _, call in reversed(wave):
            ids = said(call)["contactIds"]
            assert 1 <= len(ids) == len(set(ids)) <= 500
            _, segment, _, verb = call.url.rsplit("/", 3)
            got |= {(int(segment), each): verb for each in ids}
    assert got == expected


def by_own_ids(operation, segment, *ids):
    return (operation, {"segmentId": segment, "externalCustomerIds": list(ids)})


def by_ids(operation, segment, *ids):
    return (operation, {"segmentId": segment, "contactIds": list(ids)})


def test_a_change_of_a_segment_names_its_contacts_in_one_way():
    # 004:238, 250: "use only one contact identifier in the request".
    changes = [
        by_own_ids("segment.attach", 7, "shop-1"),
        by_own_ids("segment.attach", 7, "shop-2", "Shop-1"),
        by_ids("segment.attach", 8, 3),
        by_ids("segment.attach", 7, 1),
        by_own_ids("segment.detach", 7, "shop-1"),
    ]
    waves = requests_of("segment.attach", changes)
    assert order(waves) == [[[(0,), (1,)], [(2,)]], [[(3,)]], [[(4,)]]]
    assert [said(call) for wave in waves for _, call in wave] == [
        {"externalCustomerIds": ["shop-1", "shop-2", "Shop-1"]},
        {"contactIds": [3]},
        {"contactIds": [1]},
        {"externalCustomerIds": ["shop-1"]},
    ]


@given(SEGMENT_CHANGES, st.data())
def test_changes_by_ids_of_both_kinds_never_pass_each_other_in_a_segment(changes, data):
    mixed = [
        by_own_ids(operation, fields["segmentId"], *map(str, fields["contactIds"]))
        if data.draw(st.booleans())
        else (operation, fields)
        for operation, fields in changes
    ]
    sent = {}
    for number, wave in enumerate(requests_of("segment.attach", mixed)):
        for request, call in wave:
            sent.setdefault(request.path.split("/")[4], []).append(
                (number, *said(call), [n for item in request.items for n in item.messages])
            )
    for of_segment in sent.values():
        for first, second in itertools.pairwise(of_segment):
            if first[1] != second[1]:
                assert first[0] < second[0]
                assert max(first[2]) < min(second[2])


@pytest.mark.parametrize("operation", ["segment.attach", "segment.detach"])
def test_a_change_without_contacts_never_becomes_a_call(operation):
    """It "removes all contacts from the segment"; stored by whatever way, it is not sent."""
    empty = Item(b'{"contactIds":[]}', "segment:7", '{"segmentId":7}', (0,), operation)
    full = Item(b'{"contactIds":[1]}', "segment:7", '{"segmentId":7}', (1,), operation)
    for items in ((empty,), (empty, full)):
        with pytest.raises(ValueError, match="without contacts"):
            BENCH.call(segments.DETACH.request(items, id=7))
