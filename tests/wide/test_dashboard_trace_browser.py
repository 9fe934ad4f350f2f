"""Trace and Requests in a real browser."""

from __future__ import annotations

import pytest

from batchline.systems.salesmanago.messages import CouponRedemption
from tests.builders import contact, event
from tests.wide.conftest import PHONE

PATHS = ("/trace", "/requests")


@pytest.fixture
def messages(stack):
    """State -> id of a message in it; and requests that failed."""
    stack.configure(
        ("replay = {every = 0.5, until = 1.5}", "replay = {every = 600, until = 3600}"),
        ("first = 0.1", "first = 600"),
        ("max = 0.5}", "max = 600}"),
    )
    stack.sandbox.control.script("bad", ["reject"])
    stack.worker()
    with stack.producer() as producer:
        delivered = producer.send(contact("ann@shop.example"))
        stack.until(lambda now: now.totals["delivered"] == 1)
        dead = producer.send(CouponRedemption(email="ann@shop.example", coupon="bad"))
        parked = producer.send(event(1, "late@shop.example"))
        stack.until(lambda now: now.totals["dead"] == 1 and now.totals["parked"] == 1)
        stack.sandbox.control.fault("status", {"path": "/api/contact/batchAdd*"}, status=503)
        waiting = producer.send(event(2, "ann@shop.example"))
        stack.until(lambda _: stack.lane("event.add").attempts >= 1)
    return {"delivered": delivered, "dead": dead, "parked": parked, "waiting": waiting}


def look(page, text):
    page.get_by_label("Message id, contact or idempotency key").fill(text)
    page.keyboard.press("Enter")


def test_a_message_is_found_wherever_it_is(messages, browse):
    seen = browse()
    page = seen.log_in("viewer")
    said = {
        "delivered": "delivered",
        "dead": "a dead letter since",
        "parked": "goes back to default:event.add:0",
        "waiting": "waits in default:event.add:0",
    }
    for state, text in said.items():
        seen.open("/trace")
        look(page, messages[state])
        page.locator("article", has_text=text).first.wait_for()
        assert messages[state] in page.url.replace("%3A", ":").replace("%40", "@")
    assert seen.complaints == []


def test_a_contact_is_found_and_is_in_no_address(messages, browse):
    seen = browse()
    page = seen.log_in("viewer")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    seen.open("/trace")
    look(page, "Ann@Shop.example")
    page.get_by_role("heading", name=messages["waiting"]).wait_for()
    assert page.get_by_role("heading", name=messages["dead"]).is_visible()
    assert [url for url in asked if "shop.example" in url.lower()] == []
    page.get_by_role("link", name=messages["waiting"]).click()
    page.locator("ol.bl-steps", has_text="HTTP 503").wait_for()
    assert seen.complaints == []


def test_the_requests_of_a_failing_api_lead_to_their_messages(messages, browse):
    seen = browse()
    page = seen.log_in("viewer")
    seen.open("/requests")
    page.get_by_label("Came to").select_option("failed")
    page.wait_for_url("**verdict=failed**")
    row = page.locator("tbody tr", has_text="503 failed").first
    row.get_by_text("More", exact=False).first.click()
    assert '"***"' in row.locator("dl").inner_text()
    row.get_by_role("link", name=messages["waiting"]).first.click()
    page.locator("article", has_text="waits in default:event.add:0").wait_for()
    assert page.locator("form[method=post]").count() == 1
    assert seen.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*PATHS, "message"])
def test_nobody_is_kept_out_by_a_page(messages, browse, axe, path, scheme):
    seen = browse(color_scheme=scheme)
    page = seen.log_in("operator")
    seen.open(f"/trace?q={messages['waiting']}" if path == "message" else path)
    page.wait_for_load_state("networkidle")
    assert axe(page) == []


@pytest.mark.parametrize("path", [*PATHS, "message"])
def test_a_phone_shows_the_page_without_scrolling_sideways(messages, browse, path):
    seen = browse(**PHONE)
    page = seen.log_in("viewer")
    seen.open(f"/trace?q={messages['waiting']}" if path == "message" else path)
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= shown
