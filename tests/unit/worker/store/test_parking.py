"""When a message whose contact is missing is tried again."""

from batchline.systems.account import Replay
from batchline.systems.verdicts import Behind
from batchline.worker.store.parking import ON_TRIAL, Meta, next_try


def test_the_documented_replay_is_twelve_tries_in_an_hour_after_the_first():
    replay = Replay()
    waits = [next_try(tries, replay) for tries in range(1, 14)]
    assert waits == [300.0] * 12 + [None]


def test_what_a_message_has_been_through_survives_its_way_through_redis():
    meta = Meta("default:event.add:0@1-0", 3).with_event(17, "HTTP 503")
    assert Meta.from_json(meta.to_json().encode()).to_json() == meta.to_json()


def test_a_message_is_on_trial_until_anything_happens_but_waiting_behind_others():
    tried = Meta("default:event.add:0@1-0").with_event(1, "HTTP 503")
    on_trial = tried.with_event(2, f"{ON_TRIAL}default:event.add:0@1-0/40: HTTP 500: x")
    waiting = on_trial.with_event(3, Behind(0.0).detail)
    assert tried.trial == ""
    assert on_trial.trial == waiting.trial == "default:event.add:0@1-0/40"
    assert Meta.from_json(waiting.to_json().encode()).trial == on_trial.trial
    assert waiting.with_event(4, "the contact does not exist yet").trial == ""
