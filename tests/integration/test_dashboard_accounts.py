"""The dashboard's page of an account, and the check of its credentials."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest

from batchline.worker.dashboard import passwords
from batchline.worker.dashboard.access import users_file
from batchline.worker.dashboard.users import Users
from batchline.worker.inspection import checked
from batchline.worker.store import acts, pause, redis_clock
from batchline.worker.store.history import MINUTE_MS, Sample
from tests.builders import contact, event
from tests.dashboard import Browser, add_users, running_dashboard

PAGE = "/accounts/default"
CHECK = f"{PAGE}/check"
EVENTS = '[accounts.default.operations."event.add"]\nlinger = 0.1'
HELD = EVENTS.replace("0.1", '2\nbatch_size = 7\npartitions = 3\nambiguous = "hold"')


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "LOG2_N", 4)


@pytest.fixture
def url(stack):
    with stack.producer() as producer:
        producer.send_many([contact("ann@shop.example"), event(1)])
    add_users(Users(users_file(stack.settings)))
    with running_dashboard(stack.settings) as url:
        yield url


@pytest.fixture
def browser(url):
    browser = Browser(url)
    browser.log_in("operator")
    return browser


def text_of(answer):
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_an_account_has_a_page_with_its_operations_and_what_leads_to_it(browser):
    page = browser.get("/accounts/default")
    said = text_of(page)
    assert "salesmanago, http://127.0.0.1:" in said
    assert "none leads here: messages name the account" in said
    assert "Nobody has checked it yet." in said
    for tab in ("dead", "requests", "lanes"):
        assert f'href="/{tab}?account=default"' in page.text
    assert 'href="/lanes/default%3Aevent.add"' in page.text


def test_filter_order_and_page_of_the_list_are_in_its_address(stack, browser):
    names = [f"shop{number:02}" for number in range(60)]
    stack.client.sadd(stack.keys.lanes, *(f"{name}:event.add:0" for name in names))
    pause.pause(stack.store, "shop07", "stocktaking", "ann")
    first = browser.get("/accounts?text=shop&sort=-account")
    assert 'href="?text=shop&amp;sort=-account&amp;page=2"' in first.text
    assert "60 of 61 accounts" in text_of(first)
    second = browser.get("/accounts?text=shop&sort=-account&page=2").text
    assert re.findall(r'<tr id="row-(\w+)"', second) == names[9::-1]
    paused = browser.get("/accounts?state=paused").text
    assert re.findall(r'<tr id="row-(\w+)"', paused) == ["shop07"]
    wrong = browser.get("/accounts?state=pausd")
    assert wrong.status_code == 400
    assert "did you mean paused?" in text_of(wrong)
    assert "No account fits the filter." in text_of(browser.get("/accounts?text=nobody"))


def test_an_account_without_messages_shows_its_limits_and_who_holds_it_and_why(stack):
    stack.add_account("es", "esputnik")
    with stack.config.open("a") as config:
        config.write("\n[accounts.es.limits]\nper_minute = 30\nconcurrent = 2\n")
    pause.pause(stack.store, "es", "stocktaking", "ann")
    now = redis_clock.now(stack.store)
    grants, under_way, adaptation = stack.keys.limits("es")
    stack.client.zadd(grants, {f"g{number}": now for number in range(3)})
    stack.client.zadd(under_way, {"g0": now + 60_000})
    stack.client.hset(adaptation, "locked", now + 60_000)
    with running_dashboard(stack.settings) as url:
        browser = Browser(url)
        for path in ("/accounts", "/accounts/es"):
            said = text_of(browser.get(path))
            assert "3 of 30 a minute" in said
            assert "1 of 2 at once" in said
            assert "stocktaking" in said
        assert re.search(r"stocktaking ann, \d+ m?s ago", said)
        assert "Locked by the API, for" in said
        assert "not known: workers have not sampled it twice" in said


def test_an_account_shows_its_host_the_acts_on_it_and_what_holds_for_each_operation(stack):
    stack.configure(("http://", "http://ann:SECRET@"), (EVENTS, HELD))
    for number in range(25):
        acts.write(stack.store, "ann", f"act{number}", "default:event.add")
    acts.write(stack.store, "ann", "act99", "other")
    with running_dashboard(stack.settings) as url:
        page = Browser(url).get("/accounts/default")
    said = text_of(page)
    assert f"Host {urlsplit(stack.sandbox.url).netloc} " in said
    assert "SECRET" not in page.text
    assert "act24 " in said
    assert "act5 " in said
    assert "act4 " not in said
    assert "act99" not in said
    assert 'href="/acts?account=default"' in page.text
    assert (
        "event.add hold it becomes a dead letter: at most once counts twice 7 2 s 3 1,000,000"
    ) in said
    assert "verify the API is asked: exactly once" in said


def test_an_account_shows_its_last_hour_and_the_words_of_its_api_by_operation(stack, browser):
    key, store, now = ("default", "event.add"), stack.store, redis_clock.now(stack.store)
    pause.pause(store, "default:event.add", "stocktaking", "ann")
    counts = {"attempts": 2, "error": "HTTP 503: we are sorry", "error_at": now - 60_000}
    store.client.hset(stack.keys.state("default:event.add:0"), mapping=counts)
    for ago, row in ((30, [900, 800, 3, 5, 60, 2]), (1, [999, 2_345, 10, 5, 91, 6])):
        taken = Sample(now - ago * MINUTE_MS, {key: row}).to_bytes()
        store.client.hset(stack.keys.history_minutes, now // MINUTE_MS - ago, taken)
    said = text_of(browser.get(PAGE))
    assert "1,545 messages sent, 7 failed for good; 31 requests, 4 of them failed" in said
    assert re.search(r"event.add HTTP 503: we are sorry \d+ s ago", said)
    assert "paused by ann failed 2" in said
    assert "1,545 7 31 4" in said


def test_half_open_breakers_are_counted_apart_from_open_ones(stack, browser):
    now = redis_clock.now(stack.store)
    for operation, state in (("event.add", "open"), ("contact.upsert", "half")):
        stack.client.hset(stack.keys.state(f"default:{operation}:0"), "attempts", 5)
        breaker = stack.keys.breaker("default", operation)
        stack.client.hset(breaker, mapping={"state": state, "until": now + 60_000})
    for path in ("/accounts", "/accounts/default"):
        said = text_of(browser.get(path))
        assert "1 breaker open" in said
        assert "1 breaker half-open" in said


def test_an_account_that_there_is_not_is_a_404(browser):
    for name in ("nobody", "default%3Aevent.add", "default%3Aevent.add%3A0"):
        assert browser.get(f"/accounts/{name}").status_code == 404
    browser.get("/accounts/default")
    assert browser.post("/accounts/nobody/check").status_code == 404


def test_a_check_asks_the_api_once_and_its_result_stays_with_who_asked(stack, browser):
    browser.get("/accounts/default")
    before = len(stack.sandbox.control.requests())
    assert browser.post(CHECK).status_code == 303
    assert len(stack.sandbox.control.requests()) == before + 1
    said = text_of(browser.get("/accounts/default"))
    assert "default is checked: all is well." in said
    assert "the API takes the credentials" in said
    assert "Checked by operator" in said
    (act,) = [line for line in acts.read(stack.store) if line.what == "checked"]
    assert (act.who, act.on) == ("operator", "default")


def test_a_check_has_a_row_for_each_thing_that_it_looked_at(stack, browser):
    browser.get("/accounts/default")
    browser.post(CHECK)
    page = browser.get("/accounts/default").text
    heads = re.findall(r'<tr><th scope="row">([^<]+)</th><td><span class="bl-badge', page)
    assert heads == ["DNS", "TLS", "Credentials", "Latency", "API clock"]
    said = {one.part: (one.mark, one.text) for one in checked.last(stack.store, "default").findings}
    assert said["DNS"][1].startswith("127.0.0.1 is 127.0.0.1; ")
    assert said["TLS"] == ("skipped", "none: the host is this machine")
    assert re.fullmatch(r"answered in \d+ ms", said["latency"][1])
    assert said["clock"][0] == "well"


def test_wrong_credentials_are_told_with_what_mends_them_and_without_the_secret(stack):
    secret = stack.sandbox.client.api_secret
    stack.configure((f'api_secret = "{secret}"', 'api_secret = "SECRET-wrong"'))
    with running_dashboard(stack.settings) as url:
        browser = Browser(url)
        browser.get("/accounts/default")
        assert browser.post(CHECK).status_code == 303
        page = browser.get("/accounts/default")
    assert "the API refuses the credentials" in text_of(page)
    assert "Do: compare those of [accounts.default]" in text_of(page)
    kept = str(stack.client.hgetall(stack.keys.checked))
    assert "SECRET-wrong" not in page.text + kept


def test_an_api_that_is_away_is_told_with_what_mends_it(stack):
    stack.configure((stack.sandbox.url, "http://127.0.0.1:9"))
    with running_dashboard(stack.settings) as url:
        browser = Browser(url)
        browser.get("/accounts/default")
        browser.post(CHECK)
        said = text_of(browser.get("/accounts/default"))
    assert "default is checked: not all is well, see below." in said
    assert "Do: mend url" in said


@pytest.mark.parametrize(("name", "may"), [("viewer", False), ("operator", True), ("admin", True)])
def test_who_may_check_an_account(stack, url, name, may):
    browser = Browser(url)
    browser.log_in(name)
    assert (CHECK in browser.forms("/accounts/default")) is may
    assert browser.post(CHECK).status_code == (303 if may else 403)
    assert (checked.last(stack.store, "default") is not None) is may


def test_a_check_needs_the_token_of_a_page(stack, browser):
    browser.get("/accounts/default")
    assert browser.post(CHECK, token=False).status_code == 403
    assert checked.last(stack.store, "default") is None


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"at": 1}', json.dumps({"findings": 1})])
def test_a_check_that_cannot_be_read_is_none(stack, text):
    stack.client.hset(stack.keys.checked, "default", text)
    assert checked.last(stack.store, "default") is None
