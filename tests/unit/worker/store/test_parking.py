"""When a message whose contact is missing is tried again."""

from batchline.systems.account import Replay
from batchline.worker.store.parking import Meta, next_try


def test_the_documented_replay_is_twelve_tries_in_an_hour_after_the_first():
    replay = Replay()
    waits = [next_try(tries, replay) for tries in range(1, 14)]
    assert waits == [300.0] * 12 + [None]


def test_what_a_message_has_been_through_survives_its_way_through_redis():
    meta = Meta("default:event.add:0@1-0", 3).with_event(17, "HTTP 503")
    assert Meta.from_json(meta.to_json().encode()).to_json() == meta.to_json()
