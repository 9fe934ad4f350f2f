"""A run answers for its items: by columns as by one item after the other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchline.systems import columns
from batchline.systems.columns import Columns, Item, Run
from batchline.systems.esputnik import SYSTEM as ESPUTNIK
from batchline.systems.esputnik.messages import ContactUpsert as EsputnikContact
from batchline.systems.salesmanago import SYSTEM as SALESMANAGO
from batchline.systems.salesmanago.messages import (
    ContactDeletion,
    ContactUpsert,
    EventDeletion,
    ExternalEvent,
)
from tests.builders import run_of
from tests.properties import examples

WHO = [f"{name}@shop.example" for name in ("ann", "bob", "eve", "ida")]
OWNERS = st.sampled_from([{}, {"owner": "x@vendor.pl"}])
ACCOUNTS = {
    "salesmanago": {
        "system": "salesmanago",
        "url": "https://api.example",
        "client_id": "c",
        "api_key": "k",
        "api_secret": "s",
        "owner": "admin@vendor.pl",
    },
    "esputnik": {"system": "esputnik", "url": "https://api.example", "api_key": "k"},
}

upserts = st.builds(
    lambda email, number, owner: ContactUpsert.model_validate(
        {"contact": {"email": email}, "properties": {"n": str(number)}, **owner}
    ),
    st.sampled_from(WHO),
    st.integers(0, 3),
    OWNERS,
)
deletions = st.builds(
    lambda email, owner: ContactDeletion(email=email, **owner), st.sampled_from(WHO), OWNERS
)
events = st.builds(
    lambda email, number, owner: ExternalEvent.model_validate(
        {
            "email": email,
            "contactEvent": {
                "date": 1_795_248_000_000,
                "contactExtEventType": "PURCHASE",
                "externalId": f"order-{number}",
            },
            **owner,
        }
    ),
    st.sampled_from(WHO),
    st.integers(0, 6),
    OWNERS,
)
event_deletions = st.builds(
    lambda email, number: EventDeletion.model_validate({"eventId": f"e{number}", "email": email}),
    st.sampled_from(WHO),
    st.integers(0, 2),
)
esputnik_contacts = st.builds(
    lambda email, name: EsputnikContact.model_validate(
        {"channels": [{"type": "email", "value": email}], **name}
    ),
    st.sampled_from(WHO),
    st.sampled_from([{}, {"firstName": "Ann"}, {"lastName": "B"}]),
)


@st.composite
def runs(draw):
    """A run over random columns, some of its items merged, cut at random."""
    texts = st.text("ab", max_size=2)
    rows = draw(st.lists(st.tuples(texts, texts, st.binary(max_size=3)), max_size=12))
    whole = Columns.of("event.add", rows).all()
    firsts = draw(st.lists(st.sampled_from(range(len(rows))), unique=True)) if rows else []
    merged = {
        first: Item(b"merged", whole[first].contact, "other", (first, len(rows) + first), "event.x")
        for first in firsts
    }
    run = Run(whole.columns, whole.indexes, merged)
    bounds = st.integers(0, len(rows))
    run = run[draw(bounds) : draw(bounds)] if draw(st.booleans()) else run
    picks = st.lists(st.sampled_from(range(len(run))), unique=True).map(sorted)
    return run.at(draw(picks)) if len(run) and draw(st.booleans()) else run


@given(runs())
def test_every_column_of_a_run_is_that_of_its_items(run):
    items = list(run)
    assert run.payloads() == columns.payloads(items)
    assert run.contacts() == columns.contacts(items)
    assert run.options() == [item.options.encode() for item in items]
    assert list(run.messages()) == columns.messages(items)
    assert run.is_uniform() == (len({item.options for item in items}) <= 1)
    assert len(run) == len(items)


@given(runs(), st.integers(0, 12), st.integers(0, 12))
def test_a_slice_of_a_run_holds_the_items_of_the_slice(run, start, stop):
    assert list(run[start:stop]) == list(run)[start:stop]


@pytest.mark.parametrize(
    ("spec", "lane", "messages"),
    [
        pytest.param(SALESMANAGO, "contact.upsert", upserts, id="upserts"),
        pytest.param(SALESMANAGO, "contact.upsert", upserts | deletions, id="contacts"),
        pytest.param(SALESMANAGO, "event.add", events, id="events"),
        pytest.param(SALESMANAGO, "event.add", events | event_deletions, id="changed events"),
        pytest.param(ESPUTNIK, "contact.upsert", esputnik_contacts, id="eSputnik's contacts"),
    ],
)
@pytest.mark.parametrize("size", [2, 1000])
def test_a_run_is_planned_as_its_items_would_be(spec, lane, messages, size):
    account = spec.account.model_validate(ACCOUNTS[spec.name])
    operation = account.operation(lane).model_copy(update={"batch_size": size})

    @settings(max_examples=examples(60))
    @given(st.lists(messages, min_size=1, max_size=12))
    def check(batch):
        merged = spec.adapter.merge(lane, run_of(batch, lane))
        planned, expected = (
            [
                [(request.path, list(request.items), body_of(request)) for request in wave]
                for wave in spec.adapter.plan(items, lane, operation, account)
            ]
            for items in (merged, list(merged))
        )
        assert planned == expected
        taken = [index for wave in planned for _, items, _ in wave for index in indexes(items)]
        assert sorted(taken) == sorted(columns.messages(merged))

    def body_of(request):
        return spec.adapter.call(request, account, 1.0).body

    def indexes(items):
        return [index for item in items for index in item.messages]

    check()
