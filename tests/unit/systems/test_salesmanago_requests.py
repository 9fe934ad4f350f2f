"""Which requests SALESmanago's operations become, to the byte."""

import json
from dataclasses import replace

import pytest

from batchline.systems.columns import Item
from batchline.systems.salesmanago import SYSTEM as SPEC
from batchline.systems.salesmanago import coupons
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.auth import sha

SYSTEM = SPEC.adapter
NOW = 1_795_248_000.123


def account(**changes):
    fields = {
        "system": "salesmanago",
        "url": "https://app2.salesmanago.com/",
        "client_id": "clientId",
        "api_key": "apiKey",
        "api_secret": "SEC",
        "owner": "admin@vendor.pl",
        **changes,
    }
    return SalesmanagoAccount.model_validate(fields)


def item(payload, contact="a@b.pl", options="", index=0):
    return Item(json.dumps(payload).encode(), contact, options, (index,), "event.add")


def requests_of(operation, items, **changes):
    chosen = account(**changes)
    merged = SYSTEM.merge(operation, [replace(one, operation=operation) for one in items])
    return SYSTEM.plan(merged, operation, chosen.operation(operation), chosen)


def sent(request, **changes):
    return json.loads(SYSTEM.call(request, account(**changes), NOW).body)


def test_the_sha_is_that_of_the_documents():
    assert sha(account()) == "0336d993a5286afc0f00bf5228fa4f72be68c04b"


def test_the_auth_block_carries_milliseconds_and_the_documented_headers():
    request = coupons.USE.request((item({"coupon": "X"}),))
    call = SYSTEM.call(request, account(), NOW)
    body = json.loads(call.body)
    assert (body["clientId"], body["apiKey"], body["requestTime"]) == (
        "clientId",
        "apiKey",
        1_795_248_000_123,
    )
    assert call.url == "https://app2.salesmanago.com/api/contact/useContactCoupon"
    assert call.headers["Accept"] == "application/json, application/json"
    assert call.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert call.headers["User-Agent"].startswith("batchline/")


def test_no_repr_shows_a_secret_or_a_payload():
    request = coupons.USE.request((item({"coupon": "X"}),))
    shown = repr(SYSTEM.call(request, account(), NOW)) + repr(account())
    assert "SEC" not in shown
    assert "coupon" not in shown.replace("useContactCoupon", "")


def test_upserts_travel_in_one_call_per_owner_and_options():
    other = '{"owner":"other@vendor.pl"}'
    waves = requests_of(
        "contact.upsert",
        [
            item({"contact": {"email": "a@b.pl"}}, "a@b.pl"),
            item({"contact": {"email": "c@b.pl"}}, "c@b.pl", other, 1),
            item({"contact": {"email": "d@b.pl"}}, "d@b.pl", "", 2),
        ],
    )
    bodies = [sent(request) for request in waves[0]]
    assert len(waves) == 1
    assert [body["owner"] for body in bodies] == ["admin@vendor.pl", "other@vendor.pl"]
    assert [len(body["upsertDetails"]) for body in bodies] == [2, 1]


@pytest.mark.parametrize(
    ("options", "setting", "said"),
    [
        ("", False, False),
        ("", True, True),
        ('{"useApiDoubleOptIn":true}', False, True),
        # The language and the e-mail of double opt-in mean that it is wanted (000:242, 000:295).
        ('{"doubleOptInLanguage":"ES"}', False, True),
        ('{"doubleOptInEmailId":"7"}', False, True),
        ('{"doubleOptInLanguage":""}', False, False),
        ('{"doubleOptInLanguage":"ES","useApiDoubleOptIn":false}', True, False),
        ('{"async":false}', False, False),
    ],
)
def test_use_api_double_opt_in_is_always_said(options, setting, said):
    upsert = item({"contact": {"email": "a@b.pl"}}, options=options)
    request = requests_of("contact.upsert", [upsert])[0][0]
    assert sent(request, use_api_double_opt_in=setting)["useApiDoubleOptIn"] is said


def test_what_only_the_single_upsert_documents_travels_as_a_single_upsert():
    upsert = item({"contact": {"email": "a@b.pl"}}, options='{"doubleOptInEmailId":"7"}')
    request = requests_of("contact.upsert", [upsert])[0][0]
    assert request.path == "/api/contact/upsert"
    body = sent(request)
    assert body["contact"] == {"email": "a@b.pl"}
    assert (body["owner"], body["doubleOptInEmailId"]) == ("admin@vendor.pl", "7")
    assert body["useApiDoubleOptIn"] is True


def test_upserts_of_one_contact_become_one_item_that_stands_for_all():
    upserts = [
        item({"contact": {"email": "A@b.pl", "name": str(n)}}, "a@b.pl", "", n) for n in range(3)
    ]
    request = requests_of("contact.upsert", upserts)[0][0]
    assert [i.messages for i in request.items] == [(0, 1, 2)]
    assert sent(request)["upsertDetails"][0]["contact"]["name"] == "2"


def test_nothing_merges_across_a_change_of_address_and_the_order_is_kept_by_waves():
    upserts = [
        item({"contact": {"email": "a@b.pl", "name": "1"}}, "a@b.pl", "", 0),
        item({"contact": {"email": "a@b.pl"}, "newEmail": "N@b.pl"}, "a@b.pl", "", 1),
        item({"contact": {"email": "n@b.pl", "name": "3"}}, "n@b.pl", "", 2),
        item({"contact": {"email": "a@b.pl", "name": "4"}}, "a@b.pl", "", 3),
    ]
    waves = requests_of("contact.upsert", upserts)
    order = [sorted(i.messages for r in wave for i in r.items) for wave in waves]
    assert order == [[(0,)], [(1,)], [(2,), (3,)]]


def test_nothing_merges_past_an_item_that_may_be_about_the_same_contact():
    both = {"contact": {"email": "a@b.pl", "contactId": "id-1", "name": "2"}}
    upserts = [
        item({"contact": {"email": "a@b.pl", "name": "1"}}, "a@b.pl", "", 0),
        item(both, "id-1", "", 1),
        item({"contact": {"email": "a@b.pl", "name": "3"}}, "a@b.pl", "", 2),
        item(both, "id-1", "", 3),
    ]
    waves = requests_of("contact.upsert", upserts)
    order = [[i.messages for r in wave for i in r.items] for wave in waves]
    assert order == [[(0,)], [(1,)], [(2,)], [(3,)]]


def test_upserts_with_different_options_of_one_contact_stay_in_order():
    other = '{"owner":"other@vendor.pl"}'
    upserts = [
        item({"contact": {"email": "a@b.pl", "name": "1"}}, "a@b.pl", "", 0),
        item({"contact": {"email": "a@b.pl", "name": "2"}}, "a@b.pl", other, 1),
        item({"contact": {"email": "a@b.pl", "name": "3"}}, "a@b.pl", "", 2),
    ]
    waves = requests_of("contact.upsert", upserts)
    assert [[i.messages for r in wave for i in r.items] for wave in waves] == [
        [(0,)],
        [(1,)],
        [(2,)],
    ]


def test_events_are_joined_as_the_bytes_that_were_enqueued():
    payloads = [b'{"email": "a@b.pl",  "n": 1.10}', '{"email":"ł"}'.encode()]
    items = [Item(payload, "x", "", (n,), "event.add") for n, payload in enumerate(payloads)]
    request = requests_of("event.add", items)[0][0]
    body = SYSTEM.call(request, account(), NOW).body
    assert body.endswith(b'"owner":"admin@vendor.pl","events":[' + b",".join(payloads) + b"]}")


def test_the_path_of_events_can_be_set():
    path = "/api/v2/contact/addBatchContactExtEvent"
    request = requests_of("event.add", [item({})], events_path=path)[0][0]
    assert request.path == path


def test_a_batch_of_bytes_is_cut_where_it_would_grow_too_large():
    big = [item({"email": "a@b.pl", "x": "y" * 4_000}, "c", "", n) for n in range(10)]
    operations = {"event.add": {"batch_bytes": 10_000}}
    waves = requests_of("event.add", big, operations=operations)
    assert [len(request.items) for wave in waves for request in wave] == [2] * 5


def push(contact, **fields):
    return {"pushId": "p", "applicationId": "a", **fields, "email": contact}


def test_equal_pushes_become_one_mass_push_with_values_within_the_limit():
    contacts = [f"customer{n}@shop.example" for n in range(40)]
    items = [item(push(c), c, "", n) for n, c in enumerate(contacts)]
    request = requests_of("push.send", items)[0][0]
    assert request.path == "/api/mobile/push/sendMass"
    body = sent(request)
    assert "email" not in body
    assert body["date"] == 1_795_248_000_123
    assert all(a["addresseeType"] == "EMAIL" and len(a["value"]) <= 255 for a in body["contacts"])
    assert [v for a in body["contacts"] for v in a["value"].split(", ")] == contacts


def test_the_half_of_a_mass_push_is_a_mass_push_too():
    items = [item(push(f"{n}@b.pl"), f"{n}", "", n) for n in range(2)]
    half = requests_of("push.send", items)[0][0].halves()[0]
    assert sent(half)["contacts"] == [{"addresseeType": "EMAIL", "value": "0@b.pl"}]
    assert "email" not in sent(half)


@pytest.mark.parametrize(
    ("operation", "extra"),
    [
        ("push.send", {}),
        ("push.send_custom", {"content": {"text": "c"}, "imageUrl": "https://x.pl/i.png"}),
    ],
)
def test_equal_pushes_go_one_by_one_where_the_failure_of_each_has_to_be_seen(operation, extra):
    """sendMass answers with `success` and `message`, and names no contact (001:249-253)."""
    content = {"applicationId": "a", "title": {"text": "t"}, "deeplink": {"text": "d"}, **extra}
    items = [item({**content, "email": f"{n}@b.pl"}, f"{n}", "", n) for n in range(3)]
    (wave,) = requests_of(operation, items, join_equal_pushes=False)
    assert [len(request.items) for request in wave] == [1, 1, 1]
    assert {request.path for request in wave} == {
        "/api/mobile/push/sendCustom" if extra else "/api/mobile/push/send"
    }


def test_pushes_that_differ_go_one_by_one():
    items = [item(push(f"{n}@b.pl", properties={"n": str(n)}), f"{n}", "", n) for n in range(2)]
    wave = requests_of("push.send", items)[0]
    assert [request.path for request in wave] == ["/api/mobile/push/send"] * 2
    assert [sent(request)["email"] for request in wave] == ["0@b.pl", "1@b.pl"]


def test_the_same_push_twice_to_one_contact_is_sent_twice():
    items = [item(push("a@b.pl"), "a@b.pl", "", n) for n in range(2)]
    assert len(requests_of("push.send", items)) == 2


@pytest.mark.parametrize(
    ("extra", "path"),
    [
        ({}, "/api/mobile/push/sendCustom"),
        (
            {"content": {"text": "c"}, "imageUrl": "https://x/y.png"},
            "/api/mobile/push/sendMassCustom",
        ),
    ],
)
def test_custom_pushes_become_a_mass_push_only_with_what_that_requires(extra, path):
    items = [
        item({"title": {"text": "t"}, **extra, "email": f"{n}@b.pl"}, f"{n}", "", n) for n in (0, 1)
    ]
    assert requests_of("push.send_custom", items)[0][0].path == path


def test_coupons_of_one_contact_go_one_after_the_other():
    items = [item({"coupon": str(n)}, contact, "", n) for n, contact in enumerate("aab")]
    waves = requests_of("coupon.redeem", items)
    assert [[r.items[0].messages[0] for r in wave] for wave in waves] == [[0, 2], [1]]
