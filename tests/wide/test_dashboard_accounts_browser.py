"""Accounts in a real browser."""

from __future__ import annotations

import pytest

from batchline.worker.store import pause
from tests.builders import contact, event
from tests.wide.conftest import PHONE

PAGE = "/accounts/default"
PATHS = ("/accounts", "/accounts?state=paused&sort=-backlog", PAGE, "/acts?account=default")
FORMER = [f"former{number:02}" for number in range(60)]


@pytest.fixture
def accounts(stack):
    """Accounts of two systems; one is paused, one has messages; and many that were once."""
    stack.add_account("es", "esputnik")
    with stack.config.open("a") as config:
        config.write("\n[accounts.es.limits]\nper_second = 10\n")
    with stack.producer() as producer:
        producer.send_many([contact("ann@shop.example"), event(1)])
    stack.client.sadd(stack.keys.lanes, *(f"{name}:event.add:0" for name in FORMER))
    pause.pause(stack.store, "es", "the shop counts its stock", "ann")
    pause.pause(stack.store, "default:event.add", "the shop counts its stock", "ann")
    counts = {"attempts": 2, "error": "HTTP 503: we are sorry", "error_at": 1}
    stack.client.hset(stack.keys.state("default:contact.upsert:0"), mapping=counts)
    return stack


def rows(page):
    return [one.strip() for one in page.locator("tbody th a").all_inner_texts()]


def checked(seen):
    """The account's page, after a check."""
    page = seen.open(PAGE)
    page.get_by_role("button", name="Check it now").click()
    page.get_by_role("status").filter(has_text="default is checked").wait_for()
    return page


def test_the_list_is_filtered_as_soon_as_a_choice_is_made(accounts, browse):
    seen = browse()
    page = seen.log_in("viewer")
    seen.open("/accounts")
    assert page.get_by_text("62 of 62 accounts").is_visible()
    page.get_by_label("State").select_option("paused")
    page.wait_for_url("**state=paused**")
    assert rows(page) == ["default", "es"]
    page.get_by_label("System", exact=True).select_option("esputnik")
    page.wait_for_url("**system=esputnik**")
    assert rows(page) == ["es"]
    page.get_by_role("link", name="All", exact=True).click()
    page.get_by_label("Text").fill("FORMER05")
    page.keyboard.press("Enter")
    page.wait_for_url("**text=FORMER05**")
    assert rows(page) == ["former05"]
    assert seen.complaints == []


def test_the_list_is_sorted_by_its_heads_and_turned_page_by_page(accounts, browse):
    seen = browse()
    page = seen.log_in("viewer")
    seen.open("/accounts")
    page.get_by_role("link", name="Account", exact=True).click()
    page.wait_for_url("**sort=-account**")
    assert rows(page) == FORMER[:9:-1]
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**page=2**")
    assert rows(page) == [*FORMER[9::-1], "es", "default"]
    assert page.get_by_text("Page 2 of 2").is_visible()
    head = page.get_by_role("columnheader", name="Account")
    assert head.get_attribute("aria-sort") == "descending"
    page.get_by_role("link", name="State", exact=True).click()
    page.wait_for_url("**sort=state**")
    assert rows(page)[:2] == ["default", "es"]
    assert seen.complaints == []


def test_an_operator_checks_an_account_by_keyboard_and_each_part_has_a_row(accounts, browse):
    seen = browse()
    page = seen.log_in("operator")
    seen.open(PAGE)
    page.get_by_role("button", name="Check it now").focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="default is checked: all is well").wait_for()
    card = page.get_by_role("region", name="The last check")
    heads = card.locator("tbody th").all_inner_texts()
    assert heads == ["DNS", "TLS", "Credentials", "Latency", "API clock"]
    assert card.get_by_text("the API takes the credentials").is_visible()
    acts = page.get_by_role("region", name="The last acts on it")
    assert "operator checked default" in acts.locator("li").first.inner_text()
    acts.get_by_role("link", name="All acts on default").click()
    page.wait_for_url("**/acts?account=default")
    assert page.locator("tbody tr").count() == 2
    assert seen.complaints == []


def test_what_holds_for_an_operation_is_shown_when_it_is_asked_for(accounts, browse):
    seen = browse()
    page = seen.log_in("viewer")
    seen.open(PAGE)
    assert page.get_by_text("HTTP 503: we are sorry").is_visible()
    assert page.locator("form[method=post]").count() == 0
    row = page.get_by_role("region", name="Policies of operations").locator("tr", has_text="hold")
    assert not row.first.is_visible()
    page.get_by_text("What holds for each operation").click()
    assert row.first.is_visible()
    assert seen.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*PATHS, "checked"])
def test_nobody_is_kept_out_by_a_page(accounts, browse, axe, path, scheme):
    seen = browse(color_scheme=scheme)
    page = seen.log_in("operator")
    if path == "checked":
        checked(seen).get_by_text("What holds for each operation").click()
    else:
        seen.open(path)
    page.wait_for_load_state("networkidle")
    assert axe(page) == []


@pytest.mark.parametrize("path", [*PATHS, "checked"])
def test_a_phone_shows_the_page_without_scrolling_sideways(accounts, browse, path):
    seen = browse(**PHONE)
    page = seen.log_in("operator")
    if path == "checked":
        checked(seen).get_by_text("What holds for each operation").click()
    else:
        seen.open(path)
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= shown


def test_dark_is_dark(accounts, browse):
    seen = browse(color_scheme="dark")
    seen.log_in("operator")
    page = checked(seen)
    colour = "getComputedStyle(document.querySelector('.bl-card')).backgroundColor"
    red, green, blue = map(int, page.evaluate(colour)[4:-1].split(","))
    assert red + green + blue < 200
