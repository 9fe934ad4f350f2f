"""What the pages show of a real Redis."""

from __future__ import annotations

import asyncio
import html
import re

import pytest

from batchline.worker.dashboard.house import House
from batchline.worker.inspection import accounts_list
from batchline.worker.store import acts, pause
from batchline.worker.troubles import trouble
from tests.builders import contact, event
from tests.dashboard import Browser, running_dashboard
from tests.letters import dead

LANE = "default:contact.upsert"


@pytest.fixture
def browser(stack):
    """A browser at a dashboard of this machine."""
    with running_dashboard(stack.settings) as url:
        browser = Browser(url)
        browser.get("/acts")
        yield browser


@pytest.fixture
def waiting(stack):
    with stack.producer() as producer:
        producer.send_many([contact(f"p{n}@shop.example") for n in range(3)])
        producer.send(event(1))
    return stack


def text_of(answer):
    """The words of a page."""
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_nothing_yet_is_said(browser):
    assert "No lane yet: nothing has been enqueued." in text_of(browser.get("/lanes"))
    assert "Nobody has done anything yet." in text_of(browser.get("/acts"))
    assert "nothing waits for one" in text_of(browser.get("/overview"))
    assert "default http://127.0.0.1:" in text_of(browser.get("/accounts"))


def test_the_overview_says_that_no_worker_runs_and_how_much_waits(waiting, browser):
    said = text_of(browser.get("/overview"))
    assert "No: no worker runs, and 4 messages wait." in said
    assert "Waiting 4" in said


def test_a_trouble_stands_on_the_overview_with_what_to_do_and_the_button_that_ends_it(
    waiting, browser
):
    pause.pause(waiting.store, "default", "stocktaking", "ann")
    trouble.begin(waiting.store, "destination_failed", f"{LANE}:0", "HTTP 503", f"{LANE}:0", 3)
    page = browser.get("/overview")
    said = text_of(page)
    assert "Do: batchline resume default when it may go on" in said
    assert "the API fails: HTTP 503" in said
    assert page.text.count('action="/lanes/resume"') == 1
    assert browser.post("/lanes/resume", scope="default", next="/overview").status_code == 303
    assert "default goes on" in text_of(browser.get("/overview"))
    assert pause.paused(waiting.store) == {}


def test_a_trouble_about_dead_letters_leads_to_them_and_ends_when_somebody_has_seen_them(
    stack, browser
):
    dead(stack, [event(1), event(2)])
    page = browser.get("/overview")
    assert "messages were given up on, and nobody has seen it" in text_of(page)
    assert 'href="/dead"' in page.text
    assert browser.post("/dead/seen").status_code == 303
    said = text_of(browser.get("/overview"))
    assert "Seen so far: 2 rejected; they stay." in said
    assert "nobody has seen it" not in said
    assert "seen dead letters" in text_of(browser.get("/acts"))


def test_the_lanes_show_their_numbers_and_the_filter_counts_what_fits(waiting, browser):
    said = text_of(browser.get("/lanes"))
    assert "2 of 2 operations; in these 4 waiting" in said
    said = text_of(browser.get("/lanes?operation=event.add"))
    assert "1 of 2 operations; in these 1 waiting" in said
    assert "No lane fits the filter." in text_of(browser.get("/lanes?account=nobody"))


def test_a_lane_says_why_it_does_not_move(waiting, browser):
    assert "no worker" in text_of(browser.get(f"/lanes/{LANE}")).lower()


@pytest.mark.parametrize("scope", ["default:nothing", "default", f"{LANE}:0", "a%2Fb", "..."])
def test_a_lane_that_is_none_is_said(waiting, browser, scope):
    answer = browser.get(f"/lanes/{scope}")
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_an_account_is_paused_with_all_its_lanes(waiting, browser):
    assert browser.post("/lanes/pause", scope="default", next="/accounts").status_code == 303
    said = text_of(browser.get("/accounts"))
    assert "default is paused" in said
    assert "paused by nobody (no login)" in said
    assert text_of(browser.get("/lanes")).count("paused by nobody") == 2


@pytest.mark.parametrize("act", ["pause", "resume"])
@pytest.mark.parametrize("scope", ["", "nobody", "default:nothing", f"{LANE}:99"])
def test_what_is_no_scope_is_refused_and_nothing_happens(waiting, browser, act, scope):
    answer = browser.post(f"/lanes/{act}", scope=scope)
    assert answer.status_code == 400
    assert pause.paused(waiting.store) == {}


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"]
)
def test_an_act_leads_to_no_other_site(waiting, browser, elsewhere):
    answer = browser.post("/lanes/pause", scope=LANE, next=elsewhere)
    assert answer.headers["Location"] == "/lanes"


def test_what_somebody_wrote_is_shown_as_text(waiting, browser):
    pause.pause(waiting.store, LANE, "<script>alert(1)</script>", "<b>eve</b>")
    for path in ("/overview", "/lanes", f"/lanes/{LANE}", "/acts", "/accounts"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "<b>eve" not in page


def test_several_who_ask_for_the_same_cost_one_read_and_an_act_makes_it_anew(waiting):
    reads = []

    async def ask(house):
        async def one():
            return await house.shared("page", lambda store: reads.append(1) or len(reads))

        assert await asyncio.gather(one(), one(), one()) == [1, 1, 1]
        assert await one() == 1
        await house.act(lambda store: None)
        assert await one() == 2

    house = House(waiting.settings)
    asyncio.run(ask(house))
    house.close()


def test_accounts_of_the_settings_and_of_old_messages_are_both_there(waiting, browser):
    waiting.store.client.sadd(waiting.keys.lanes, "former:event.add:0")
    found = accounts_list.read(waiting.store, waiting.settings)
    rows = {one.name: one for one in found.rows}
    assert set(rows) == {"default", "former"}
    assert (rows["default"].backlog, rows["default"].operations) == (4, 2)
    assert rows["default"].served_seconds is None
    assert (rows["former"].system, rows["former"].url) == ("", "")
    assert "former not in the settings here" in text_of(browser.get("/accounts"))


def test_the_acts_on_an_account_can_be_asked_for_and_go_on_with_the_same_filter(waiting, browser):
    for number in range(250):
        acts.write(waiting.store, "ann", f"act{number}", ("default", "former")[number % 2])
    first = browser.get("/acts?account=default")
    assert "act248 " in text_of(first)
    assert "act249 " not in text_of(first)
    (older,) = re.findall(r'href="(\?account=default&amp;before=[^"]+)"', first.text)
    second = text_of(browser.get(f"/acts{html.unescape(older)}"))
    assert "act48 " in second
    assert "act50 " not in second
    said = text_of(browser.get("/acts?account=nobody"))
    assert "Nobody has done anything to nobody" in said
