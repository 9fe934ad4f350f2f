"""A request in parts."""

from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.columns import Item
from batchline.systems.requests import Endpoint

ENDPOINT = Endpoint("/list", lambda *asked: b"", lambda *answered: None)


@given(st.lists(st.sampled_from("abcdef"), min_size=1))
def test_a_question_is_cut_between_contacts_down_to_one(contacts):
    items = [Item(b"{}", who, "", (index,), "event.add") for index, who in enumerate(contacts)]
    asked, done = [ENDPOINT.request(tuple(items))], []
    while asked:
        parts = asked.pop().by_contacts()
        (asked if len(parts) > 1 else done).extend(parts)
    assert sorted(request.items[0].contact for request in done) == sorted(set(contacts))
    for request in done:
        own = request.items[0].contact
        indexes = [item.messages[0] for item in request.items]
        assert indexes == [index for index, key in enumerate(contacts) if key == own]
