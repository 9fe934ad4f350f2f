"""Which results are unread for too long, or too many: the decision alone."""

from __future__ import annotations

import pytest

from batchline.worker.store.results import Group
from batchline.worker.troubles.unread import NOBODY, Kept, unread

NOW, STALL = 10**12, 600.0
LATE, EARLY = NOW - 601_000, NOW - 599_000


def group(name, waiting, oldest=None):
    return Group(name, waiting, unacknowledged=0, lost=0, dropped=0, noted=0, oldest=oldest)


def found(groups=(), count=0, oldest=None, webhooks=()):
    kept = Kept(1000, webhooks)
    return [(one.scope, one.messages) for one in unread(groups, count, oldest, kept, STALL, NOW)]


@pytest.mark.parametrize(("waiting", "late"), [(0, False), (799, False), (800, True), (5000, True)])
def test_a_group_that_is_behind_by_most_of_what_is_kept_is_late_and_named(waiting, late):
    groups = [group("crm", waiting, LATE), group("other", 3, LATE)]
    assert found(groups, 1000, LATE) == ([("crm", waiting)] if late else [])


def test_how_old_an_unread_result_is_does_not_matter_to_the_group_of_an_application():
    assert found([group("nightly", 3, LATE)], 3, LATE) == []


@pytest.mark.parametrize(("count", "late"), [(0, False), (799, False), (800, True)])
def test_that_nobody_reads_is_told_when_the_stream_is_nearly_full(count, late):
    assert found((), count, LATE) == ([(NOBODY, count)] if late else [])


@pytest.mark.parametrize(
    ("groups", "late"),
    [
        ([], True),
        ([group("crm", 0)], True),
        ([group("webhook-hook", 3, LATE)], True),
        ([group("webhook-hook", 3, EARLY)], False),
        ([group("webhook-hook", 900, EARLY)], True),
        ([group("webhook-hook", 0)], False),
    ],
)
def test_an_account_that_gets_results_misses_its_forwarder_when_one_is_old_or_many_wait(
    groups, late
):
    scopes = [scope for scope, _ in found(groups, 3, LATE, ["hook"])]
    assert scopes == (["webhook-hook"] if late else [])


def test_a_forwarder_has_nothing_to_do_where_no_result_is_kept():
    assert found((), 0, None, ["hook"]) == []
