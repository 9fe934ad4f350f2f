"""The tab Erase: counted, confirmed, carried out; for admins, and with no address left anywhere."""

from __future__ import annotations

import logging

import pytest

from batchline.producers.lanes import Lane
from batchline.systems.identities import identity
from batchline.worker.dashboard import passwords
from batchline.worker.dashboard.access import users_file
from batchline.worker.dashboard.users import Users
from batchline.worker.erasure import act
from batchline.worker.store import acts, suppression
from tests.builders import ANN, event
from tests.dashboard import Browser, add_users, running_dashboard

BOB = "bob@shop.example"
LANE = Lane("default", "event.add")
PATHS = ("/erase", "/erase/now", "/erase/suppress", "/erase/suppress-no-more")


@pytest.fixture
def waiting(stack):
    with stack.producer() as producer:
        producer.send_many([event(1), event(2, BOB), event(3)])
    return stack


@pytest.fixture
def browser(waiting):
    with running_dashboard(waiting.settings) as url:
        browser = Browser(url)
        browser.get("/erase")
        yield browser


def test_it_is_counted_first_and_nothing_changes(waiting, browser):
    page = browser.post("/erase", email=f" {ANN.upper()}")
    assert page.status_code == 200
    assert "2 waiting in lanes" in page.text
    assert "Erase it, and suppress it" in page.text
    assert len(waiting.entries(LANE)) == 3
    assert suppression.every(waiting.store) == []


def test_a_confirmed_erasure_is_carried_out_by_a_worker_and_shown_without_the_address(
    waiting, browser, caplog
):
    caplog.set_level(logging.DEBUG)
    answer = browser.post("/erase/now", email=ANN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/erase")
    assert act.work(waiting.store, waiting.settings, lambda seconds: False)
    page = browser.get("/erase").text
    assert "2 waiting" in page
    assert "email #" in page
    assert [one.contact for one in waiting.entries(LANE)] == [BOB]
    for path in ("/erase", "/acts", "/overview"):
        assert ANN not in browser.get(path).text
    assert ANN not in caplog.text
    assert (acts.read(waiting.store, 1)[0].who, acts.read(waiting.store, 1)[0].what) == (
        "nobody (no login)",
        "erased",
    )


def test_a_contact_is_suppressed_and_taken_off_again(waiting, browser):
    assert browser.post("/erase/suppress", email=ANN, **{"for": "90d"}).status_code == 303
    (entry,) = suppression.every(waiting.store)
    assert entry.until > 0
    assert "Take off" in browser.get("/erase").text
    assert browser.post("/erase/suppress-no-more", hash=entry.hash).status_code == 303
    assert suppression.check(waiting.store, [identity("email", ANN)], "default") == []


@pytest.mark.parametrize("path", PATHS[:3])
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Say who"),
        ({"email": "ann"}, "must be an e-mail address"),
        ({"contact-id": "7"}, "choose its account"),
        ({"email": ANN, "account": "nobody"}, "none of that name"),
        ({"email": ANN, "for": "soon"}, "for: "),
    ],
)
def test_bad_input_is_named_and_changes_nothing(waiting, browser, path, fields, said):
    if path == "/erase" and "for" in fields:
        said = "for: "
    page = browser.post(path, **fields)
    assert page.status_code == 400
    assert said in page.text
    assert suppression.every(waiting.store) == []
    assert act.every(waiting.store) == []


def test_the_address_never_stands_in_an_address_and_the_page_is_not_kept(waiting, browser):
    page = browser.post("/erase", email=ANN)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.text.count(ANN) == 1  # the form that confirms carries it back, in its body
    assert 'method="post"' in page.text.partition(ANN)[0].rpartition("<form")[2]


def test_without_the_token_nothing_is_erased(waiting, browser):
    for path in PATHS:
        assert browser.post(path, token=False, email=ANN).status_code == 403
    assert act.every(waiting.store) == []


@pytest.mark.parametrize("name", ["viewer", "operator"])
def test_who_is_no_admin_sees_the_lists_and_may_do_nothing(waiting, monkeypatch, name):
    monkeypatch.setattr(passwords, "LOG2_N", 4)
    add_users(Users(users_file(waiting.settings)))
    with running_dashboard(waiting.settings) as url:
        browser = Browser(url)
        browser.log_in(name)
        assert not {one for one in browser.forms("/erase") if one.startswith("/erase")}
        for path in PATHS:
            assert browser.post(path, email=ANN, hash="0").status_code == 403
    assert act.every(waiting.store) == []
    assert suppression.every(waiting.store) == []
