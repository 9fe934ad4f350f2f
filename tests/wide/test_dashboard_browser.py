"""The dashboard in a real browser."""

from __future__ import annotations

import pytest

from batchline.worker.store import acts, pause
from tests.builders import contact, event
from tests.wide.conftest import PHONE

LANE = "default:contact.upsert"
OURS = ("/overview", "/lanes", f"/lanes/{LANE}", "/accounts", "/accounts/default", "/acts")
PAGES = (*OURS, "/workers", "/tasks", "/broker")


@pytest.fixture
def waiting(stack):
    """Messages in two lanes, and an act."""
    with stack.producer() as producer:
        producer.send_many([contact(f"p{n}@shop.example") for n in range(30)])
        producer.send_many([event(n) for n in range(20)])
    pause.pause(stack.store, "default:event.add", "the shop counts its stock", "ann")
    return stack


def rows(page):
    return [one.strip() for one in page.locator("tbody th a").all_inner_texts()]


def test_a_wrong_password_is_refused_and_the_right_one_leads_back(waiting, browse):
    seen = browse()
    page = seen.open("/lanes")
    page.get_by_label("Name").fill("operator")
    page.get_by_label("Password").fill("quite another password")
    page.keyboard.press("Enter")
    page.get_by_role("alert").filter(has_text="Name or password is wrong").wait_for()
    page.get_by_label("Password").fill("a long enough password")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lanes")
    assert page.get_by_text("operator, operator").is_visible()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_complains_in_the_browser(waiting, browse, path):
    seen = browse()
    seen.log_in("viewer")
    page = seen.open(path)
    page.wait_for_load_state("networkidle")
    assert seen.complaints == []


def test_a_viewer_sees_all_lanes_and_no_button(waiting, browse):
    seen = browse()
    page = seen.log_in("viewer")
    for path in OURS:
        seen.open(path)
        assert page.locator("form[method=post]").count() == 0
    seen.open("/lanes")
    assert rows(page) == [LANE, "default:event.add"]


def test_an_operator_pauses_and_resumes_a_lane_by_keyboard_and_it_is_delivered(waiting, browse):
    seen = browse()
    page = seen.log_in("operator")
    seen.open("/lanes")
    button = page.get_by_role("button", name=f"Pause {LANE}")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text=f"{LANE} is paused").wait_for()
    assert page.locator("tr", has_text=LANE).get_by_text("paused by operator").is_visible()
    waiting.worker()
    waiting.until(lambda now: now.lanes)
    assert waiting.lane("contact.upsert").backlog == 30
    page.get_by_role("button", name=f"Resume {LANE}").click()
    page.get_by_role("status").filter(has_text=f"{LANE} goes on").wait_for()
    waiting.until(lambda now: waiting.lane("contact.upsert").delivered == 30)
    assert {(one.who, one.what) for one in acts.read(waiting.store, 2)} == {
        ("operator", "paused"),
        ("operator", "resumed"),
    }


def test_the_table_goes_on_by_itself_while_somebody_looks(waiting, browse):
    seen = browse()
    page = seen.log_in("viewer")
    seen.open("/lanes")
    page.get_by_label("Text").fill("typed and not sent")
    with waiting.producer() as producer:
        producer.send(contact("one.more@shop.example"))
    page.locator("tr", has_text=LANE).get_by_text("31", exact=True).wait_for()
    assert page.get_by_label("Text").input_value() == "typed and not sent"
    assert seen.complaints == []


def test_filter_and_order_are_in_the_address(waiting, browse):
    seen = browse()
    page = seen.log_in("viewer")
    seen.open("/lanes")
    page.get_by_label("State").select_option("paused")
    page.wait_for_url("**state=paused**")
    assert rows(page) == ["default:event.add"]
    seen.open("/lanes")
    page.get_by_role("link", name="Lane", exact=True).click()
    assert rows(page) == [LANE, "default:event.add"]
    page.get_by_role("link", name="Lane", exact=True).click()
    assert rows(page) == ["default:event.add", LANE]
    assert "sort=-account" in page.url


def test_a_filter_that_cannot_be_read_is_explained(waiting, browse):
    page = browse()
    page.log_in("viewer")
    page.open("/lanes?state=pausd")
    assert "did you mean paused?" in page.page.get_by_role("alert").inner_text()


def test_the_lane_says_why_it_does_not_move_and_who_holds_it(waiting, browse):
    seen = browse()
    page = seen.log_in("viewer")
    seen.open("/lanes/default:event.add")
    why = page.locator(".bl-why").inner_text()
    assert "is paused by ann" in why
    assert "the shop counts its stock" in why
    assert "batchline resume default:event.add" in why
    assert page.locator("#bl-chart canvas").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", OURS)
def test_nobody_is_kept_out_by_a_page(waiting, browse, axe, path, scheme):
    seen = browse(color_scheme=scheme)
    page = seen.log_in("operator")
    seen.open(path)
    page.wait_for_load_state("networkidle")
    assert axe(page) == []


def test_the_login_keeps_nobody_out(waiting, browse, axe):
    seen = browse()
    page = seen.open("/login")
    assert axe(page) == []


def test_dark_is_dark(waiting, browse):
    seen = browse(color_scheme="dark")
    page = seen.log_in("viewer")
    seen.open("/lanes")
    colour = "getComputedStyle(document.querySelector('.bl-card')).backgroundColor"
    red, green, blue = map(int, page.evaluate(colour)[4:-1].split(","))
    assert red + green + blue < 200


@pytest.mark.parametrize("path", OURS)
def test_a_phone_shows_the_page_without_scrolling_sideways(waiting, browse, path):
    seen = browse(**PHONE)
    page = seen.log_in("operator")
    seen.open(path)
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= shown


def test_on_a_phone_a_lane_can_be_paused(waiting, browse):
    seen = browse(**PHONE)
    page = seen.log_in("operator")
    seen.open("/lanes")
    page.get_by_role("button", name=f"Pause {LANE}").tap()
    page.get_by_role("status").filter(has_text="is paused").wait_for()
