"""Changes of events that still wait, held against a model of the API."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchline.systems.salesmanago.messages import EventDeletion, EventUpdate, ExternalEvent
from tests.builders import run_of
from tests.models.salesmanago import SYSTEM, Model
from tests.properties import examples

LANE = "event.add"


def add(external_id="x", number=0, email="ann@shop.example", **more):
    event = {"contactExtEventType": "CART", "date": 10**12, "externalId": external_id}
    event["detail1"] = str(number)
    return ExternalEvent.model_validate({"email": email, "contactEvent": event, **more})


def update(external_id="x", number=0, email="ann@shop.example", event_id=None, **more):
    event = {"contactExtEventType": "CART", "date": 10**12, "externalId": external_id}
    event |= {"detail2": str(number), "eventId": event_id}
    event |= {name: more.pop(name) for name in ("date", "location") if name in more}
    return EventUpdate.model_validate({"email": email, "contactEvent": event, **more})


def delete(external_id="x", email="ann@shop.example", event_id=None, **more):
    return EventDeletion(email=email, external_id=external_id, event_id=event_id, **more)


def folded(*messages):
    """(operation, details, messages it stands for) of each item that is left."""
    return [
        (item.operation, _details(json.loads(item.payload)), item.messages)
        for item in SYSTEM.merge(LANE, run_of(messages))
    ]


def _details(data):
    event = data.get("contactEvent", data)
    return {name: value for name, value in event.items() if name.startswith("detail")}


def test_an_update_of_an_event_that_waits_goes_into_it_as_a_whole():
    assert folded(add(number=1), update(number=2)) == [("event.add", {"detail2": "2"}, (0, 1))]


def test_the_last_of_several_updates_is_sent():
    assert folded(update(number=1), update(number=2)) == [
        ("event.update", {"detail2": "2"}, (0, 1))
    ]


@pytest.mark.parametrize("before", [(add(),), (update(),), (add(), update()), (delete(),)])
def test_a_deletion_stands_for_all_that_it_undoes_and_is_sent(before):
    everything = tuple(range(len(before) + 1))
    assert folded(*before, delete()) == [("event.delete", {}, everything)]


@pytest.mark.parametrize(
    "apart",
    [
        (add(), update(external_id="y")),
        (add(), update(email="bob@shop.example")),
        (add(), update(owner="other@vendor.pl")),
        (add(), add(), update()),
        (delete(), update()),
        (delete(), add()),
        (add(), delete(event_id="e")),
        (add(), update("y", event_id="e"), delete()),
        (update("z", event_id="e"), update(), update("z", event_id="e")),
        (update("x", event_id="e"), add(), update()),
    ],
)
def test_what_may_be_about_another_event_is_not_folded(apart):
    assert [len(messages) for *_, messages in folded(*apart)] == [1] * len(apart)


def test_an_event_that_travels_alone_is_folded_as_any_other():
    (item,) = SYSTEM.merge(LANE, run_of([add(single=True), update(number=2)]))
    assert json.loads(item.options) == {"single": True}


def test_an_update_without_a_date_keeps_that_of_the_event_that_waits():
    """The update replaces the event, and must have a date (000:2584)."""
    (item,) = SYSTEM.merge(LANE, run_of([add(), update(date=None)]))
    assert json.loads(item.payload)["contactEvent"]["date"] == 10**12
    (item,) = SYSTEM.merge(LANE, run_of([update(date=10**12 + 5), update(date=None)]))
    assert json.loads(item.payload)["contactEvent"]["date"] == 10**12 + 5


def test_a_location_that_only_the_update_takes_is_not_folded_into_the_add():
    """000:2418: letters, digits and _; 000:2587: "/_-." as well."""
    apart = folded(add(), update(number=1, location="shop-1/a.b"), update(number=2, location="x"))
    assert [(operation, messages) for operation, _, messages in apart] == [
        ("event.add", (0,)),
        ("event.update", (1, 2)),
    ]


@pytest.mark.parametrize("event_id", [None, "e"])
def test_an_update_without_a_date_asks_for_the_events_own(event_id):
    model = Model()
    model.deliver(LANE, run_of([add()]))
    ((known, _),) = model.events.items()
    named = {"external_id": None, "event_id": known} if event_id else {}
    model.deliver(LANE, run_of([update(number=5, date=None, **named)]))
    assert model.calls[1:] == ["contact/list", "v2/contact/updateContactExtEvent"]
    (event,) = model.events.values()
    assert (event["date"], event["detail2"]) == (10**12, "5")


def test_an_update_without_event_id_asks_for_it_first():
    model = Model()
    model.deliver(LANE, run_of([add(), add("y")]))
    model.deliver(LANE, run_of([update("y", number=5)]))
    assert model.calls == [
        "contact/batchAddContactExtEvent",
        "contact/list",
        "v2/contact/updateContactExtEvent",
    ]
    assert [event.get("detail2") for event in model.events.values()] == [None, "5"]


#: Events: an externalId is one contact's.
EVENTS = st.sampled_from(
    [("x", "ann@shop.example"), ("y", "ann@shop.example"), ("z", "bob@shop.example")]
)
#: An event of Ann's that is there from the start, known by its eventId.
OLD = st.sampled_from([None, None, "old"])


@st.composite
def messages_of_all_kinds(draw):
    (name, email), number = draw(EVENTS), draw(st.integers(0, 9))
    old = draw(OLD) if email == "ann@shop.example" else None
    return draw(
        st.sampled_from(
            [
                add(name, number, email),
                add(name, number, email, single=True),
                update(name, number, email, old),
                update(name, number, email),
                update(name, number, email, date=None),
                update(name, number, email, old, date=10**12 + number),
                update(name, number, email, location="shop/ES"),
                delete(name, email, old),
                delete(name, email, owner="other@vendor.pl"),
            ]
        )
    )


MESSAGES = st.lists(messages_of_all_kinds(), max_size=9)


def applied(batches, backwards=False):
    model = Model()
    start = {"contactExtEventType": "CART", "externalId": "old", "date": 10**12}
    start["email"] = "ann@shop.example"
    model.events["old"] = start
    for batch in batches:
        model.deliver(LANE, run_of(batch), backwards)
    events = model.events.values()
    return sorted(json.dumps(event, sort_keys=True) for event in events)


@settings(max_examples=examples(250), deadline=None)
@given(MESSAGES, st.booleans())
def test_folding_and_applying_equals_applying_one_by_one(messages, backwards):
    assert applied([messages], backwards) == applied([[message] for message in messages])


@settings(max_examples=examples(100), deadline=None)
@given(MESSAGES)
def test_every_message_is_in_exactly_one_item(messages):
    merged = SYSTEM.merge(LANE, run_of(messages))
    assert sorted(n for item in merged for n in item.messages) == list(range(len(messages)))
