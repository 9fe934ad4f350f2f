"""What is stored as a dead letter, a parked message or a job and is none hides nothing else."""

from __future__ import annotations

import json

import pytest

from batchline.systems.identities import identity
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.dead_letters import bulk, bulk_work, counts
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.erasure import act
from tests.builders import ANN
from tests.dashboard import Browser, running_dashboard
from tests.letters import adds_up, dead

BOB = "bob@shop.example"
BODIES = {
    "no JSON": b"nonsense",
    "no UTF-8": b"\xff\xfe{}",
    "a list": b"[1, 2]",
    "nothing": b"{}",
    "a number": b"7",
    "a wrong lane": b'{"lane": 5, "reason": "rejected"}',
    "nested": b"[" * 5000,
}


def _changed(body, **fields):
    return json.dumps({**json.loads(body), **fields}).encode()


@pytest.fixture
def letters(stack):
    """Three dead letters; the second one is about to be spoilt."""
    return dead(stack, [CouponRedemption(email=one, coupon="C") for one in (BOB, ANN, BOB)])


def spoil(stack, letters, body):
    stack.client.hset(stack.keys.dead_body, letters[1], body)
    stack.client.hset(stack.keys.parked_body, "default:event.add:0@17-1", body)
    stack.client.hset(stack.keys.jobs_body, "default:contact.upsert:0@17@17-1", body)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_commands_show_it_as_unreadable_with_its_size_and_go_on(stack, letters, body):
    spoil(stack, letters, body)
    lines = stack.run("dead", "list", "--json").stdout.splitlines()
    rows = {row["id"]: row for row in map(json.loads, lines)}
    assert list(rows) == letters
    assert rows[letters[1]]["reason"] == "unreadable"
    assert rows[letters[1]]["detail"].startswith(f"{len(body):,} bytes")
    assert rows[letters[2]]["reason"] == "rejected"
    shown = stack.run("dead", "show", letters[1])
    assert shown.returncode == 0, shown.stderr.decode()
    for way in ("--contact", letters[1], letters[2]):
        found = stack.run("trace", *([way, BOB] if way == "--contact" else [way]))
        assert found.returncode in (0, 4), found.stderr.decode()
        assert b"Traceback" not in found.stderr
    replayed = stack.run("dead", "replay", "--all", "--yes")
    assert (replayed.returncode, replayed.stdout) == (1, b"2 replayed\n")
    assert b"or cannot be read" in replayed.stderr
    assert stack.client.hkeys(stack.keys.dead_body) == [letters[1].encode()]


@pytest.mark.parametrize("field", ["contact", "payload", "options", "meta", "reason"])
def test_a_field_of_a_wrong_type_makes_it_unreadable(stack, letters, field):
    body = stack.client.hget(stack.keys.dead_body, letters[1])
    stack.client.hset(stack.keys.dead_body, letters[1], _changed(body, **{field: [1]}))
    rows = map(json.loads, stack.run("dead", "list", "--json").stdout.splitlines())
    assert [row["reason"] for row in rows] == ["rejected", "unreadable", "rejected"]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_purge_by_its_id_deletes_it_and_the_counts_are_right(stack, letters, body):
    stack.client.hset(stack.keys.dead_body, letters[1], body)
    assert stack.run("dead", "purge", letters[1], "--yes").returncode == 0
    assert stack.client.hlen(stack.keys.dead_body) == 2
    adds_up(stack)
    assert stack.run("dead", "purge", "--all", "--yes").returncode == 0
    assert counts.read(stack.store).cells == {}
    adds_up(stack)


def test_a_bulk_purge_takes_it_with_the_others(stack, letters):
    spoil(stack, letters, b"nonsense")
    bulk.order(stack.store, "all", "purge", Filter(), "eve")
    bulk_work.work(stack.store, stack.settings, lambda seconds: False)
    bulk.confirm(stack.store, "all", 3, "eve")
    bulk_work.work(stack.store, stack.settings, lambda seconds: False)
    assert stack.client.hlen(stack.keys.dead_body) == 0
    adds_up(stack)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_erasure_goes_on_behind_it(stack, letters, body):
    spoil(stack, letters, body)
    ordered = act.order(stack.store, [identity("email", BOB)], "eve")
    assert act.work(stack.store, stack.settings, lambda seconds: False, ordered.name)
    done = act.got(stack.store, ordered.name)
    assert (done.state, done.erased) == ("done", {"dead": 2})


def test_pages_show_it_as_unreadable_and_go_on(stack, letters):
    with running_dashboard(stack.settings) as url:
        browser = Browser(url)
        for name, body in BODIES.items():
            spoil(stack, letters, body)
            page = browser.get("/dead")
            assert page.status_code == 200, name
            assert all(one.partition("@")[2] in page.text for one in letters), name
            assert f"{len(body):,} bytes are stored" in page.text, name
            one = browser.get(f"/dead/{letters[1]}")
            assert (one.status_code, "unreadable" in one.text) == (200, True), name
            assert browser.post(f"/dead/{letters[1]}/unmask").status_code == 200, name
            for what in ("replay", "edit", "ask"):
                assert browser.post(f"/dead/{letters[1]}/{what}").status_code == 409, (name, what)
            for path in ("/trace", f"/dead?where=text%3D{BOB}", "/bulk", "/overview", "/erase"):
                assert browser.get(path).status_code == 200, (name, path)
            for asked in (BOB, letters[1], "default:event.add:0@17-1"):
                browser.get("/trace")
                assert browser.post("/trace", q=asked).status_code in (200, 303), (name, asked)
                if "@17" in asked:
                    assert browser.get(f"/trace?q={asked}").status_code == 200, name
            assert browser.post("/erase", email=BOB).status_code == 200, name
            exported = browser.post("/dead/export").text.splitlines()
            assert [json.loads(line)["id"] for line in exported] == letters, name
        purged = browser.post(f"/dead/{letters[1]}/purge", sure="yes")
        assert purged.status_code == 303
    adds_up(stack)


def test_kept_requests_that_are_none_are_left_out(stack):
    stream = stack.keys.requests("default")
    for row in (b"nonsense", b"[]", b"{}", b"7", b'{"ago": "x"}'):
        stack.client.xadd(stream, {"request": row})
    stack.client.xadd(stream, {"other": "x"})
    assert stack.run("requests").returncode == 4
    with running_dashboard(stack.settings) as url:
        assert Browser(url).get("/requests").status_code == 200
