"""What a view of the samples says: sums, growth, shares."""

from __future__ import annotations

from batchline.worker.alerts.view import Past, View, share
from batchline.worker.metrics import table

T = 10**12
LANE = ("account", "operation")


def view(now, *past):
    """A view of this counter now, and of earlier ones (minutes ago, series)."""
    name = table.DIED.name
    history = [Past(T - minutes * 60_000, {name: series}) for minutes, series in past]
    return View(T, {name: now}, history)


def test_a_counter_grows_by_what_it_has_gained_within_the_time():
    now = {("a", "x", "rejected"): 9.0, ("a", "y", "rejected"): 4.0}
    seen = view(now, (90, {}), (50, {("a", "x", "rejected"): 7.0}))
    assert seen.increase(table.DIED, 3600, "account") == {("a",): 6.0}
    assert seen.increase(table.DIED, 3600, *LANE) == {("a", "x"): 2.0, ("a", "y"): 4.0}


def test_a_counter_that_became_smaller_began_anew():
    seen = view({("a", "x", "rejected"): 3.0}, (5, {("a", "x", "rejected"): 100.0}))
    assert seen.increase(table.DIED, 600, "account") == {("a",): 3.0}


def test_without_samples_from_within_the_time_nothing_has_grown():
    assert view({("a", "x", "rejected"): 3.0}, (20, {})).increase(table.DIED, 600) == {}
    assert view({("a", "x", "rejected"): 3.0}).increase(table.DIED, 600) == {}


def test_a_series_is_folded_by_the_labels_that_are_asked_for():
    now = {("a", "x", "command"): 0.0, ("a", "x", "flood"): 1.0, ("b", "x", "flood"): 0.0}
    seen = View(T, {table.PAUSED.name: now})
    assert seen.series(table.PAUSED, "account") == {("a",): 1.0, ("b",): 0.0}
    assert seen.series(table.PAUSED, "account", why="command") == {("a",): 0.0}


def test_a_share_of_nothing_is_none():
    assert share({("a",): 1.0}, {("a",): 0.0, ("b",): 4.0}) == {("b",): 0.0}
