"""Dead letters in a real browser: found, mended, replayed, in bulk too."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.dead_letters import bulk
from tests.builders import contact, event
from tests.letters import dead
from tests.wide.conftest import PHONE

ANN = "ann@shop.example"


@pytest.fixture
def letters(stack):
    """Some dead letters; the id of an event among them."""
    coupons = [CouponRedemption(email=ANN, coupon=f"CODE-{number}") for number in range(40)]
    dead(stack, coupons, "expired")
    (one,) = dead(stack, [event(7, ANN, value=19.5)], "rejected")
    return one


def test_letters_are_found_by_a_filter_and_a_mistake_is_told_beside_it(letters, browse):
    seen = browse()
    page = seen.log_in("viewer")
    seen.open("/dead")
    field = page.get_by_label("Filter", exact=True)
    field.fill("reason=rejectd")
    page.keyboard.press("Enter")
    page.get_by_role("alert").filter(has_text="did you mean rejected?").wait_for()
    field.fill("reason=rejected")
    page.keyboard.press("Enter")
    page.wait_for_url("**where=reason*rejected*")
    assert page.locator("tbody tr").count() == 1
    assert "1 of 41 dead letters fit." in page.locator("#bl-live").inner_text()


def test_a_letter_is_mended_and_replayed_and_the_page_sees_it_delivered(stack, browse):
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact(ANN))
    stack.until(lambda now: now.totals["delivered"] == 1)
    dead(stack, [event(7, ANN, value=19.5)], "rejected")
    seen = browse()
    page = seen.log_in("admin")
    seen.open("/dead")
    page.locator("tbody th a").click()
    page.get_by_role("button", name="Unmask and edit").click()
    editor = page.get_by_label("The message as JSON")
    document = json.loads(editor.input_value())
    document["data"]["contactEvent"]["value"] = 19.555
    editor.fill(json.dumps(document))
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("alert").filter(has_text="contactEvent.value").wait_for()
    document["data"]["contactEvent"]["value"] = 21
    editor.fill(json.dumps(document))
    page.get_by_role("button", name="Save and replay").click()
    page.get_by_text("It is delivered.").wait_for(timeout=60_000)
    assert [text for text in seen.complaints if "400" not in text] == []


def test_a_bulk_replay_is_counted_confirmed_and_stopped_half_way(stack, letters, browse):
    stack.worker()
    seen = browse()
    page = seen.log_in("operator")
    seen.open(f"/dead?where={quote('reason=expired')}")
    page.get_by_label("A second, at most").fill("1")
    page.get_by_role("button", name="Count, then replay…").click()
    page.get_by_role("button", name="Replay 40 dead letters").click(timeout=60_000)
    page.get_by_text("of 40 replayed").wait_for()
    name = page.locator("h1").inner_text()
    stack.until(lambda _: bulk.get(stack.store, name).done > 0)
    page.get_by_role("button", name=f"Stop {name}").click()
    page.get_by_role("heading", name="stopped").wait_for()
    assert 0 < bulk.get(stack.store, name).done < 40
    assert page.get_by_role("button", name=f"Resume {name}").is_visible()
    assert seen.complaints == []


def test_a_viewer_sees_letters_and_no_button(letters, browse):
    seen = browse()
    page = seen.log_in("viewer")
    for path in ("/dead", f"/dead/{letters}", "/bulk"):
        seen.open(path)
        page.wait_for_load_state("networkidle")
        assert page.locator("form[method=post]").count() == 0
        assert ANN not in page.content()
    assert seen.complaints == []


@pytest.mark.parametrize("options", [{"color_scheme": "light"}, {"color_scheme": "dark"}, PHONE])
@pytest.mark.parametrize("path", ["/dead", "/dead/{}", "/bulk", "/bulk/spring"])
def test_nobody_is_kept_out_by_a_page_of_dead_letters(stack, letters, browse, axe, path, options):
    bulk.order(stack.store, "spring", "replay", bulk.LANGUAGE.parse("reason=expired"), "ann")
    seen = browse(**options)
    page = seen.log_in("admin")
    seen.open(path.format(letters))
    page.wait_for_load_state("networkidle")
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= shown
    assert axe(page) == []
