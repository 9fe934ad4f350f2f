"""Messages as numbers that grow as they are enqueued."""

from hypothesis import given
from hypothesis import strategies as st

from batchline.producers.lanes import Lane, message_id
from batchline.systems.columns import Columns
from batchline.worker.delivery import superseded
from batchline.worker.delivery.superseded import EPOCH, LARGEST, PER_MILLI, number_of
from batchline.worker.store.batch import Batch
from batchline.worker.store.message_ids import in_order

LANE = Lane("default", "contact.upsert")
STREAM_IDS = st.builds(
    "{}-{}".format, st.integers(EPOCH + 1, EPOCH + 2**41 - 1), st.integers(0, PER_MILLI - 1)
)


@given(STREAM_IDS, STREAM_IDS)
def test_numbers_are_in_the_order_of_the_messages_and_exact_in_lua(one, other):
    ids = [message_id(LANE, one), message_id(LANE, other)]
    first, second = map(number_of, ids)
    assert (first < second) == (in_order(ids[0]) < in_order(ids[1]))
    assert all(0 < number == int(float(number)) <= LARGEST for number in (first, second))


@given(st.integers(0, 10**15 - 1), st.integers(0, 10**15 - 1))
def test_any_id_has_a_number_that_fits(millis, index):
    assert 0 <= number_of(message_id(LANE, f"{millis}-{index}")) <= LARGEST


@given(st.lists(st.tuples(st.integers(0, 10**15 - 1), st.integers(0, 10**15 - 1)), min_size=1))
def test_the_numbers_of_a_batch_are_those_of_its_messages(stream_ids):
    ids = [f"{millis}-{sequence}" for millis, sequence in stream_ids]
    columns = Columns.of(LANE.operation, [("ann@shop.example", "", b"{}")] * len(ids))
    batch = Batch(LANE, [one.encode() for one in ids], columns, {})
    number = superseded._numbers(batch)
    assert [number(index) for index in range(len(ids))] == list(map(number_of, ids))


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_any_number_of_messages_of_one_millisecond_keep_their_order(one, other):
    """A clock that stepped back lets a stream count on in the last millisecond."""
    first, second = (number_of(message_id(LANE, f"{EPOCH + 1}-{n}")) for n in (one, other))
    assert (first < second) == (one < other)
