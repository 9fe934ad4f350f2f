"""What some calls have accepted when others fail."""

from __future__ import annotations

import pytest

from batchline.producers import LaneFull, RedisUnavailable
from batchline.producers.accepted import Accepted
from batchline.producers.enqueue import Call
from batchline.producers.lanes import Lane
from batchline.systems.operation import EffectiveOperation

SETTINGS = EffectiveOperation(
    linger=1, batch_size=10, batch_bytes=10_000, partitions=1, backlog_limit=1
)


def call(account, *indexes):
    return Call(Lane(account, "event.add"), SETTINGS, list(indexes))


def full(one):
    return LaneFull(str(one.lane), 1, 1)


def test_what_would_enter_a_full_lane_out_of_order_is_not_called_and_others_are():
    first, second, other = call("es", 0), call("es", 2), call("default", 1)
    accepted = Accepted(3)
    accepted.failed(first, full(first))
    assert [accepted.wants(one) for one in (first, second, other)] == [False, False, True]
    accepted.note(other, ["default:event.add:0@1-0"])
    with pytest.raises(LaneFull, match="es:event") as told:
        accepted.ids()
    assert told.value.accepted == [None, "default:event.add:0@1-0", None]


def test_an_error_of_redis_ends_it_and_says_what_is_in():
    accepted = Accepted(2)
    accepted.note(call("default", 1), ["id"])
    with pytest.raises(RedisUnavailable) as told:
        accepted.failed(call("es", 0), RedisUnavailable("gone"))
    assert told.value.accepted == [None, "id"]
