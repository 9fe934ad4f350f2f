"""When an alert is told, told again, and told to be over."""

from __future__ import annotations

from batchline.worker.alerts import evaluate, notify
from batchline.worker.alerts.evaluate import CALM, Key, State
from batchline.worker.alerts.store import COARSE, COARSE_FOR, FINE, FINE_FOR, dropped
from batchline.worker.alerts.table import ALERTS, BY_NAME

PAUSED = Key("BatchlinePaused", ("default", "event.add", "command"))
LASTS = round(BY_NAME["BatchlinePaused"].lasts * 1000)
REPEAT = 3600.0
T = 10**12


def run(looks, repeat=REPEAT):
    """What is told at each look, of (UNIX ms, whether it holds); each is told at once."""
    states, said = {}, []
    for now, holds in looks:
        states = evaluate.step(states, {PAUSED: 1.0} if holds else {}, now)
        due = evaluate.notices(states, now, repeat)
        said.append([one.status for one in due])
        states = evaluate.told(states, due, now)
    return said, states


def test_an_alert_is_told_once_it_has_held_for_long_enough():
    said, _ = run([(T, True), (T + LASTS - 1, True), (T + LASTS, True), (T + LASTS + 1, True)])
    assert said == [[], [], ["firing"], []]


def test_what_holds_for_too_short_a_time_is_never_told():
    said, states = run([(T, True), (T + LASTS - 1, False), (T + 2 * LASTS, True)])
    assert said == [[], [], []]
    assert states[PAUSED].since == T + 2 * LASTS


def test_an_alert_that_is_over_is_told_once_it_stays_away():
    end = T + LASTS + 5
    looks = [(T, True), (T + LASTS, True), (end, False), (end + CALM - 1, False)]
    said, states = run([*looks, (end + CALM, False)])
    assert said == [[], ["firing"], [], [], ["resolved"]]
    assert states == {}


def test_an_alert_that_comes_and_goes_is_told_once():
    end = T + LASTS + 5
    looks = [(T, True), (T + LASTS, True)]
    looks += [(end + n * CALM // 2, n % 2 == 1) for n in range(6)]
    said, _ = run(looks)
    assert [one for one in said if one] == [["firing"]]


def test_an_alert_that_lasts_is_told_again_each_time_that_repeat_is_over():
    times = range(T, T + LASTS + round(3 * REPEAT * 1000), 60_000)
    said, _ = run([(now, True) for now in times])
    assert sum(map(len, said)) == 3


def test_what_was_not_told_is_due_again():
    states = evaluate.step({}, {PAUSED: 1.0}, T)
    for now in (T + LASTS, T + LASTS + 15_000):  # the webhook is away
        states = evaluate.step(states, {PAUSED: 1.0}, now)
        assert [one.status for one in evaluate.notices(states, now, REPEAT)] == ["firing"]


def test_an_alert_that_ended_untold_is_told_to_be_over():
    states = {PAUSED: State(1.0, T, fired=T + LASTS, away=T + LASTS + 1)}
    due = evaluate.notices(states, T + LASTS + 1 + CALM, REPEAT)
    assert [one.status for one in due] == ["resolved"]


def test_the_samples_of_an_hour_are_kept_each_and_older_ones_by_the_quarter():
    now = T - T % COARSE + 7
    times = list(range(now - COARSE_FOR - 10 * FINE, now, FINE))
    kept = [at for at in times if at not in set(dropped(times, now))]
    assert [at for at in kept if now - at <= FINE_FOR] == [
        at for at in times if now - at <= FINE_FOR
    ]
    old = [at for at in kept if now - at > FINE_FOR]
    assert len(old) == len({at // COARSE for at in old})
    assert min(old) >= now - COARSE_FOR
    assert len(old) >= 20


def test_every_alert_says_what_is_wrong_and_what_to_do_with_its_labels_filled_in():
    for alert in ALERTS:
        key = Key(alert.name, tuple(f"the-{label}" for label in alert.labels))
        notice = evaluate.Notice("firing", key, State(0.5, T, T))
        text = f"{notify.summary(notice)} {alert.do.format_map(key.labels)}"
        assert "{" not in text
        assert all(f"the-{label}" in text for label in alert.labels), alert.name


def test_a_state_of_an_alert_that_a_newer_release_wrote_is_told_all_the_same():
    notice = evaluate.Notice("firing", Key("BatchlineNew", ("default",)), State(1.0, T, T))
    assert notify.summary(notice) == "BatchlineNew: default"
