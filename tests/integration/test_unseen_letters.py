"""`status --check` tells of dead letters until a person has seen them, or none is left."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.worker.cli.dead import command as dead_command
from batchline.worker.cli.status import command as status_command
from batchline.worker.store import redis_clock
from batchline.worker.troubles import unseen, watch
from tests.builders import contact
from tests.fake_api import ACCOUNT, Upserts, configure, context_of, work

LANE = Lane("default", "contact.upsert")
OK = (0, "OK: nothing is wrong\n")
DAY = 86_400_000


class Operator:
    """Who calls the commands; `die` makes dead letters, of fewer messages than are told as many."""

    def __init__(self, store, settings, producer):
        self.store, self._producer = store, producer
        self._context = context_of(store, settings, Upserts([], bad=[1]))

    def die(self, count=1):
        names = [f"c{number}@shop.example" for number in range(count)]
        ids = self._producer.send_many([contact(one, properties={"n": "1"}) for one in names])
        work(self._context, LANE)
        return ids

    def check(self, *options):
        done = CliRunner().invoke(status_command, ["--check", *options], catch_exceptions=False)
        return done.exit_code, done.output

    def dead(self, *arguments):
        done = CliRunner().invoke(dead_command, arguments, catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    def age(self, milliseconds):
        """The letters died, and their troubles were met, so long ago; a worker has looked since."""
        keys, client = self.store.keys, self.store.client
        for letter in client.zrange(keys.dead, 0, -1):
            client.zincrby(keys.dead, -milliseconds, letter)
        for name, text in client.hgetall(keys.troubles).items():
            trouble = json.loads(text)
            older = {field: trouble[field] - milliseconds for field in ("since", "last")}
            client.hset(keys.troubles, name, json.dumps(trouble | older))
        watch.look(self.store, 600, every=0.001)


@pytest.fixture
def operator(store, redis_url, tmp_path, monkeypatch):
    loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')
    with Producer(loaded) as producer:
        yield Operator(store, loaded, producer)


def test_three_letters_of_last_week_are_told_until_a_person_says_that_they_are_seen(operator):
    assert operator.check() == OK
    operator.die(3)
    operator.age(7 * DAY)
    code, output = operator.check()
    words = "WARNING unseen: dead letters: messages were given up on, and nobody has seen it: "
    assert code == 1
    assert output.startswith(f"{words}3 rejected, for 7 d; 3 dead letters. Do: ")
    assert operator.dead("seen") == "3 seen (3 rejected)\n"
    assert operator.check() == OK
    assert len(operator.dead("list", "--json").splitlines()) == 3, "they stay"
    assert operator.dead("seen") == "No dead letters that nobody has seen.\n"


def test_a_letter_that_dies_later_is_told_alone(operator):
    operator.die(4)
    operator.age(DAY)
    operator.dead("seen")
    operator.die(1)
    code, output = operator.check("--json")
    (trouble,) = json.loads(output)["troubles"]
    assert (code, trouble["kind"], trouble["messages"]) == (1, "unseen", 1)
    assert (trouble["account"], trouble["detail"]) == (None, "1 rejected")


@pytest.mark.parametrize("way", ["replay", "purge"])
def test_nothing_is_left_to_see_once_the_letters_are_gone(operator, way):
    operator.die(2)
    operator.age(DAY)
    options = ("--all", "--yes") if way == "purge" else ("--all",)
    operator.dead(way, *options)
    assert operator.check() == OK


def test_a_replayed_letter_that_dies_again_is_to_be_seen_again(operator):
    ids = operator.die(1)
    operator.age(DAY)
    operator.dead("seen")
    operator.dead("replay", *ids)
    work(operator._context, LANE)
    assert operator.check()[0] == 1


def test_of_many_the_reasons_of_the_newest_are_counted(operator, monkeypatch):
    monkeypatch.setattr(unseen, "MOST_COUNTED", 2)
    operator.die(3)
    found = unseen.find(operator.store)
    assert (found.messages, found.detail) == (3, "of the newest 2: 2 rejected")
    assert found.since <= redis_clock.now(operator.store)
