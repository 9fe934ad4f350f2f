"""Any order of replaying, purging, editing, exporting and importing, against the real server.

The model is three sets of ids. What is checked after every step: each message is in exactly one
place, and in every lane accepted = delivered + parked + dead + purged + backlog.
"""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from batchline.producers import Producer, Settings
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.dead_letters import bulk, bulk_work
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.edit import document, edited
from batchline.worker.dead_letters.filter import EVERY
from batchline.worker.dead_letters.importer import Importer
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.dead_letters.lines import from_fields, to_line
from batchline.worker.inspection import status
from batchline.worker.intake.lines import fields_of
from batchline.worker.store.batch import entries
from batchline.worker.store.message_ids import of_member
from batchline.worker.store.parking import Meta
from tests.fake_api import SMALL_LANES

PARTITIONS = 3
EMAILS = st.sampled_from([f"c{number}@shop.example" for number in range(6)])
SOME = st.lists(st.integers(0, 30), min_size=1, max_size=6)
LANES = [Lane("default", "coupon.redeem", number) for number in range(PARTITIONS)]


class Killed(BaseException):
    """The worker is gone at this point, as by kill -9."""


class LetterMachine(RuleBasedStateMachine):
    """Set by the test: store, producer, settings."""

    store = producer = settings = None

    @initialize(emails=st.lists(EMAILS, min_size=3, max_size=8))
    def some_letters(self, emails):
        self.client, self.keys = self.store.client, self.store.keys
        self.client.flushall()
        self.waiting: set[str] = set()
        self.dead: set[str] = set()
        self.purged: set[str] = set()
        self.exported: dict[str, str] = {}
        self.history: dict[str, list[str]] = {}
        self.bulk: list[str] = []
        self.enqueue(emails)
        self.all_that_waits_dies()

    @rule(emails=st.lists(EMAILS, min_size=1, max_size=5))
    def enqueue(self, emails):
        messages = [CouponRedemption(email=email, coupon="C") for email in emails]
        new = self.producer.send_many(messages)
        self.waiting |= set(new)
        self.history |= {one: [] for one in new}

    @rule()
    def all_that_waits_dies(self):
        for lane in LANES:
            for entry in entries(self.client.xrange(self.keys.stream(lane))):
                meta = (entry.meta or Meta(entry.id(lane))).with_event(5, "died")
                payload = entry.payload.decode()
                parts = (entry.contact, entry.options, payload, meta)
                letter = DeadLetter(meta.id, lane, "rejected", "no", 5, *parts)
                self.client.zadd(self.keys.dead, {meta.id: 5})
                self.client.hset(self.keys.dead_body, meta.id, letter.to_json())
                self.client.hincrby(self.keys.state(lane), "dead", 1)
                self.client.xdel(self.keys.stream(lane), entry.stream_id)
                self.history[meta.id].append("died")
        self.dead |= self.waiting
        self.waiting = set()

    @rule(indexes=SOME)
    def replay(self, indexes):
        ids = self._some(indexes, [*self.dead, *self.waiting])
        assert dead_letters.act(self.store, "replay", ids) == len(set(ids) & self.dead)
        for one in set(ids) & self.dead:
            self.history[one].append("replayed")
        self.waiting |= set(ids) & self.dead
        self.dead -= set(ids)

    @rule(indexes=SOME)
    def purge(self, indexes):
        ids = self._some(indexes, [*self.dead, *self.waiting])
        assert dead_letters.act(self.store, "purge", ids) == len(set(ids) & self.dead)
        self.purged |= set(ids) & self.dead
        self.dead -= set(ids)

    @rule(indexes=SOME, email=EMAILS)
    def edit(self, indexes, email):
        for one in self._some(indexes, self.dead):
            letter = dead_letters.show(self.store, one)
            data = {**document(letter)["data"], "email": email}
            new = edited(letter, data, self.settings, 7)
            if new is None:
                assert letter.contact == email
                continue
            assert dead_letters.put(self.store, letter, new)
            # What was read before is not what stands there now.
            assert not dead_letters.put(self.store, letter, new)
            self.history[one].append("edited: email")

    @rule(what=st.sampled_from(["replay", "purge"]), dies_at=st.integers(0, 4))
    def order_in_bulk(self, what, dies_at):
        """Its worker may be killed while it counts; the count is made nevertheless."""
        name = f"bulk{len(self.bulk)}"
        self.bulk.append(name)
        bulk.order(self.store, name, what, EVERY, "ann")
        self._work(name, dies_at)
        self._work(name)
        assert self._left(name) == self.dead
        bulk.confirm(self.store, name, len(self.dead), "ann")

    @rule(number=st.integers(0, 5), dies_at=st.integers(0, 4))
    def go_on_in_bulk(self, number, dies_at):
        """Its worker may be killed behind any page; other acts may have come in between."""
        if not self.bulk:
            return
        name = self.bulk[number % len(self.bulk)]
        before = self._left(name)
        self._work(name, dies_at)
        done = (before - self._left(name)) & self.dead
        if bulk.get(self.store, name).what == "purge":
            self.purged |= done
        else:
            self.waiting |= done
            for one in done:
                self.history[one].append("replayed")
        self.dead -= done

    @rule()
    def export(self):
        self.exported = {one.id: to_line(one) for one in dead_letters.find(self.store)}

    @rule(dry_run=st.booleans(), stranger=st.integers(0, 3))
    def bring_back(self, dry_run, stranger):
        lines = dict(self.exported)
        if self.exported:
            some = json.loads(next(iter(self.exported.values())))
            some["id"] = f"{LANES[stranger % PARTITIONS]}@{stranger + 1}-0"
            lines[some["id"]] = json.dumps(some)
        letters = [
            from_fields(fields_of(line.encode()), self.settings, 9) for line in lines.values()
        ]
        answers = Importer(self.store, dry_run, window=60).add(letters)
        for letter, answer in zip(letters, answers, strict=True):
            one = letter.id
            expected = "dead" if one in self.dead else "waiting" if one in self.waiting else "new"
            assert answer == expected
            if answer == "new" and not dry_run:
                self.purged.discard(one)
                self.dead.add(one)
                self.history[one] = [detail for _, detail in letter.meta.history]

    @invariant()
    def every_message_is_in_exactly_one_place(self):
        found = [
            entry.id(lane)
            for lane in LANES
            for entry in entries(self.client.xrange(self.keys.stream(lane)))
        ]
        assert sorted(found) == sorted(self.waiting)
        assert {id_.decode() for id_ in self.client.hkeys(self.keys.dead_body)} == self.dead
        assert {id_.decode() for id_ in self.client.zrange(self.keys.dead, 0, -1)} == self.dead

    @invariant()
    def the_history_is_kept(self):
        for letter in dead_letters.find(self.store):
            assert [detail for _, detail in letter.meta.history] == self.history[letter.id]

    @invariant()
    def the_counters_of_every_lane_add_up(self):
        found = status.read(self.store)
        for row in found.lanes:
            assert row.accepted == row.delivered + row.parked + row.dead + row.purged + row.backlog
            assert min(row.accepted, row.dead, row.purged) >= 0
        totals = found.totals
        assert (totals["dead"], totals["backlog"]) == (len(self.dead), len(self.waiting))
        assert totals["purged"] == len(self.purged)

    @invariant()
    def a_letter_is_of_the_lane_that_counts_it(self):
        letters = list(dead_letters.find(self.store))
        for lane in status.read(self.store).lanes:
            assert lane.dead == sum(str(letter.lane) == lane.lane for letter in letters)

    def _left(self, name):
        """The letters that a bulk act has still to do."""
        return {
            of_member(one.decode()) for one in self.client.zrange(self.keys.bulk_ids(name), 0, -1)
        }

    def _work(self, name, dies_at=100):
        calls = iter(range(100))

        def dies(seconds):
            if next(calls) == dies_at:
                raise Killed
            return False

        # The lease of a worker that was killed is over by now.
        self.client.hset(self.keys.bulk_act(name), "lease", 0)
        with suppress(Killed):
            bulk_work.work(self.store, self.settings, dies, name)

    def _some(self, indexes, ids):
        ordered = sorted(ids)
        return list(dict.fromkeys(ordered[index % len(ordered)] for index in indexes if ordered))


@pytest.mark.timeout(300)
def test_no_order_of_acts_loses_a_letter_or_counts_it_twice(
    store, redis_url, tmp_path, monkeypatch
):
    text = f'redis_url = "{redis_url}"\n{SMALL_LANES}partitions = {PARTITIONS}\n'
    (tmp_path / "batchline.toml").write_text(text.replace("backlog_limit = 40", ""))
    monkeypatch.setenv("BATCHLINE_CONFIG", str(tmp_path / "batchline.toml"))
    loaded = Settings.load()
    assert loaded.account("default").operation("coupon.redeem").partitions == PARTITIONS
    monkeypatch.setattr(bulk_work, "PAGE", 2)
    LetterMachine.store = store
    LetterMachine.settings = loaded
    with Producer(loaded) as producer:
        LetterMachine.producer = producer
        run_state_machine_as_test(
            LetterMachine,
            settings=settings(
                max_examples=60,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
