"""The mark of what may have been sent, written and read again."""

import json

from hypothesis import given
from hypothesis import strategies as st

from batchline.worker.delivery.uncertain import from_mark, to_mark
from batchline.worker.store.lease import Entry


def lane(count):
    return [Entry(f"{1000 + n // 3}-{n % 3}", "c", "", b"{}", None) for n in range(count)]


@given(
    st.integers(1, 12).flatmap(
        lambda count: st.tuples(
            st.just(count),
            st.integers(1, count),
            st.dictionaries(st.integers(0, count - 1), st.integers(0, 3)),
        )
    )
)
def test_a_mark_says_of_every_message_whether_and_how_it_is_in_doubt(drawn):
    count, head, doubts = drawn
    entries = lane(count)
    mark = to_mark(entries, doubts, (), doubts)
    assert bool(mark) == bool(doubts)
    assert from_mark(mark, entries) == (doubts, [])
    # A smaller batch knows its own, and carries on what lies behind it.
    here, further = from_mark(mark, entries[:head])
    assert here == {index: times for index, times in doubts.items() if index < head}
    again, _ = from_mark(to_mark(entries[:head], here, further, here), entries)
    assert again == doubts


def test_neighbours_are_one_range():
    entries = lane(5)
    assert json.loads(to_mark(entries, [0, 1, 2, 4])) == [
        ["1000-0", "1000-2", 0],
        ["1001-1", "1001-1", 0],
    ]


def test_a_mark_of_an_earlier_version_is_read():
    assert from_mark('[["1000-1", "1000-2"]]', lane(4)) == ({1: 0, 2: 0}, [])
