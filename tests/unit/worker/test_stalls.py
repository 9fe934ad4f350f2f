"""When a lane stands still."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchline.worker.troubles.stalls import LONGEST_LINGER, Course, stands_since

NOW = 10_000_000_000
#: A lane whose message waits for a long time, and that was due then.
COURSE = Course(waiting=1, oldest=1_000, due=2_000, held=False, moved=500, leased_until=0, claims=0)


@pytest.mark.parametrize(
    ("changes", "since"),
    [
        ({"waiting": 0}, None),
        ({}, 2_000),
        ({"held": True}, 1_000),
        ({"moved": 5_000}, 5_000),
        ({"due": None}, 1_000),
        # It lingers; but no longer than can be set.
        ({"due": NOW}, 1_000 + LONGEST_LINGER),
        # One owner, and one who takes over from others that died.
        ({"leased_until": NOW + 1, "claims": 1, "held": True}, None),
        ({"leased_until": NOW + 1, "claims": 2, "held": True}, 1_000),
        ({"leased_until": NOW - 1, "claims": 1, "held": True}, 1_000),
    ],
)
def test_a_lane_stands_still_since_it_moved_or_was_due(changes, since):
    assert stands_since(replace(COURSE, **changes), NOW) == since
