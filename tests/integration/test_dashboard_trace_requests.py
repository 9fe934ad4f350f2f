"""The tabs Trace and Requests of a real Redis: who sees what, and what stays out of addresses."""

from __future__ import annotations

import html
import re

import pytest

from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.dashboard import passwords
from batchline.worker.dashboard.access import users_file
from batchline.worker.dashboard.users import Users
from batchline.worker.inspection import looked, trace_page
from tests.builders import contact, event
from tests.dashboard import Browser, add_users, running_dashboard

ROLES = ("viewer", "operator", "admin")


@pytest.fixture
def dashboard(stack, monkeypatch):
    monkeypatch.setattr(passwords, "LOG2_N", 4)
    add_users(Users(users_file(stack.settings)))
    with running_dashboard(stack.settings) as url:
        yield url


@pytest.fixture
def viewer(dashboard):
    browser = Browser(dashboard)
    browser.log_in("viewer")
    return browser


def text_of(answer, status=200):
    assert answer.status_code == status, answer.text
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))


def look(browser, asked, by="any"):
    browser.get("/trace")
    return browser.post("/trace", q=asked, by=by)


def test_whoever_has_not_logged_in_sees_neither(dashboard):
    for path in ("/trace", "/requests"):
        answer = Browser(dashboard).get(path, allow_redirects=False)
        assert answer.status_code == 302
        assert "/login" in answer.headers["Location"]


@pytest.mark.parametrize("role", ROLES)
def test_every_role_may_look_for_a_message_and_a_contact(stack, dashboard, role):
    with stack.producer() as producer:
        message_id = producer.send(event(1))
    browser = Browser(dashboard)
    browser.log_in(role)
    answer = look(browser, message_id)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/trace?q={message_id}"
    said = text_of(browser.get(answer.headers["Location"]))
    assert "waits in default:event.add:0 with 0 before it" in said
    answer = look(browser, "Ann@shop.example")
    said = text_of(answer)
    assert message_id in said
    assert "ann@shop.example" not in answer.text.lower()


def test_a_look_needs_the_token_of_the_form(viewer):
    viewer.get("/trace")
    assert viewer.post("/trace", token=False, q="ann@shop.example").status_code == 403


def test_a_contact_or_a_key_in_the_address_is_refused_and_not_looked_for(stack, viewer):
    with stack.producer() as producer:
        message_id = producer.send(event(1))
    answer = viewer.get("/trace?q=ann%40shop.example")
    said = text_of(answer, 400)
    assert "Only the id of a message may stand in the address" in said
    assert message_id not in said
    assert "ann@shop.example" not in html.unescape(answer.text)


@pytest.mark.parametrize(
    ("asked", "by", "expected"),
    [
        ("", "any", "Give the id of a message"),
        ("order-17", "id", "no message id such as"),
        ("x" * 513, "any", "longer than 512 characters"),
        ("x", "rubbish", "no way to look"),
    ],
)
def test_what_cannot_be_looked_for_is_explained(viewer, asked, by, expected):
    assert expected in text_of(look(viewer, asked, by), 400)


def test_a_message_is_found_by_its_idempotency_key(stack, viewer):
    with stack.producer() as producer:
        message_id = producer.send(event(1), idempotency_key="order-17", delay=600)
    for by in ("any", "key"):
        said = text_of(look(viewer, "order-17", by))
        assert message_id in said
        assert "parked" in said
    said = text_of(look(viewer, "order-18"))
    assert "No message is known by this as an idempotency key." in said
    assert "Delivered messages are not found by contact" in said


def test_dead_and_delivered_messages_say_what_happened_and_link_to_their_requests(stack, viewer):
    stack.sandbox.control.script("bad", ["reject"])
    stack.worker()
    with stack.producer() as producer:
        good = producer.send(contact("ann@shop.example"))
        dead = producer.send(CouponRedemption(email="ann@shop.example", coupon="bad"))
    stack.until(lambda now: now.totals["delivered"] == 1 and now.totals["dead"] == 1)
    said = text_of(viewer.get(f"/trace?q={good}"))
    assert "delivered since" in said or "its job's result is asked for" in said
    assert "200 taken" in said
    page = viewer.get(f"/trace?q={dead}")
    assert "a dead letter since" in text_of(page)
    assert f"message={dead.replace(':', '%3A').replace('@', '%40')}" in page.text
    assert "coupon" in text_of(viewer.get(f"/requests?account=default&message={dead}"))


def test_a_search_with_a_bound_says_what_it_has_left_out(stack, store, monkeypatch):
    with stack.producer() as producer:
        ids = producer.send_many([event(n) for n in range(5)])
    monkeypatch.setattr(trace_page, "MOST", 3)
    found = trace_page.of_contact(store, "ann@shop.example")
    assert [way.id for way in found.ways] == ids[2::-1]
    assert found.left_out == ["3 of 5 messages of its lanes"]
    stranger = ids[0].rpartition("@")[0] + "@1-0"
    assert trace_page.read(store, stack.settings, "id", stranger).left_out
    monkeypatch.setattr(trace_page, "MOST", looked.MOST)
    found = trace_page.of_contact(store, "ann@shop.example")
    assert (len(found.ways), found.left_out) == (5, [])


def test_of_the_dead_letters_the_last_ones_are_searched(stack, store, monkeypatch):
    stack.sandbox.control.script("bad", ["reject"])
    stack.worker()
    coupon = CouponRedemption(email="ann@shop.example", coupon="bad")
    with stack.producer() as producer:
        first = producer.send(coupon)
        stack.until(lambda now: now.totals["dead"] == 1)
        last = producer.send(coupon)
        stack.until(lambda now: now.totals["dead"] == 2)
    store.client.zadd(store.keys.dead, {first: 1})
    monkeypatch.setattr(trace_page, "MOST", 1)
    found = trace_page.of_contact(store, "ann@shop.example")
    assert [way.id for way in found.ways] == [last]
    assert "1 of 2 dead letters (the last ones)" in found.left_out


@pytest.mark.parametrize(
    ("written", "stored"),
    [("+48 600 700 800", "48600700800"), ("+48 600-700-800", "+48600700800"), ("C1", "C1")],
)
def test_a_contact_is_looked_for_as_lanes_may_spell_it(written, stored):
    assert stored in trace_page.spellings(written)


def test_requests_are_filtered_by_the_address_and_their_bodies_are_masked(stack, viewer):
    stack.sandbox.control.script("order-1", [503, 200])
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        producer.send(event(1))
    stack.until(lambda now: now.totals["delivered"] == 2)
    page = viewer.get("/requests")
    said = text_of(page)
    assert "503 failed" in said
    assert "200 taken" in said
    assert '"email":"***"' in said.replace(" ", "")
    assert "ann@shop.example" not in html.unescape(page.text)
    assert '<form method="post"' not in page.text
    said = text_of(viewer.get("/requests?status=5xx"))
    assert "503 failed" in said
    assert "200 taken" not in said
    assert "No request that is kept fits the filter." in text_of(
        viewer.get("/requests?operation=push.send")
    )
    assert "did you mean 5xx?" in text_of(viewer.get("/requests?status=5x"), 400)


def test_many_accounts_are_read_in_few_calls_and_it_is_said(stack, store, viewer):
    for number in range(120):
        store.client.sadd(store.keys.lanes, f"a{number}:event.add:0")
    for number in range(60):
        store.client.xadd(store.keys.requests(f"a{number}"), {"request": "{}"})
    store.client.config_resetstat()
    said = text_of(viewer.get("/requests"))
    assert "looked at the 50 of 121 accounts that sent last" in said
    stats = store.client.info("commandstats")
    assert stats["cmdstat_xrevrange"]["calls"] == 121 + 50
