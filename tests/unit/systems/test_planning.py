"""Cutting a batch into requests."""

import json

from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.columns import Item
from batchline.systems.operation import EffectiveOperation
from batchline.systems.planning import chains, cut, fold, grouped, json_array, waves


def items(*contacts):
    return [
        Item(b"{}", contact, "", (index,), "event.add") for index, contact in enumerate(contacts)
    ]


def settings(size=1000, size_in_bytes=10_000):
    return EffectiveOperation(
        linger=1, batch_size=size, batch_bytes=size_in_bytes, partitions=1, backlog_limit=1
    )


@given(st.lists(st.sampled_from("abcdef")))
def test_a_wave_holds_a_key_once_and_waves_keep_the_order_of_each_key(contacts):
    made = waves(items(*contacts), lambda item: [item.contact])
    for wave in made:
        assert len({item.contact for item in wave}) == len(wave)
    flat = [item for wave in made for item in wave]
    for contact in set(contacts):
        indexes = [item.messages[0] for item in flat if item.contact == contact]
        assert indexes == [index for index, key in enumerate(contacts) if key == contact]


def test_items_that_share_any_key_are_in_different_waves():
    keys = {"a": ["a", "b"], "b": ["b"], "c": ["c"]}
    made = waves(items("a", "b", "c"), lambda item: keys[item.contact])
    assert [[item.contact for item in wave] for wave in made] == [["a", "c"], ["b"]]


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 10), st.integers(100, 1000))
def test_a_run_is_within_count_and_bytes_unless_one_item_alone_is_larger(lengths, size, limit):
    batch = [Item(b"x" * length, "", "", (i,), "event.add") for i, length in enumerate(lengths)]
    runs = list(cut(batch, settings(size, limit)))
    assert [item for run in runs for item in run] == batch
    for run in runs:
        assert len(run) <= size
        assert len(run) == 1 or sum(len(item.payload) + 1 for item in run) <= limit


def test_groups_and_their_items_keep_the_order_of_arrival():
    made = grouped(items("b", "a", "b"), lambda item: item.contact)
    assert [[item.messages[0] for item in group] for group in made] == [[0, 2], [1]]


def test_items_of_one_kind_chain_unless_another_that_shares_a_key_stands_between():
    keys = {"a": ["a"], "A": ["a"], "ab": ["a", "b"], "b": ["b"]}
    made = chains(
        items("a", "b", "A", "ab", "a", "b"),
        lambda item: keys[item.contact],
        lambda item: item.contact.lower(),
    )
    assert [[item.messages[0] for item in chain] for chain in made] == [[0, 2], [1], [3], [4], [5]]


@given(st.lists(st.sampled_from("abAB")))
def test_chains_hold_every_item_once_and_keep_the_order_of_each_key(contacts):
    made = chains(items(*contacts), lambda item: [item.contact.lower()], lambda item: item.contact)
    flat = [item.messages[0] for chain in made for item in chain]
    assert sorted(flat) == list(range(len(contacts)))
    for key in "ab":
        own = [index for index in flat if contacts[index].lower() == key]
        assert own == sorted(own)


def test_what_folds_stands_for_all_its_messages():
    chain = [Item(b'{"n":%d}' % n, "a", "", (n, n + 10), "event.add") for n in range(3)]
    folded = fold(chain, lambda payloads: [({"n": "ł"}, [0, 1]), (payloads[2], [2])])
    assert [(item.payload, item.messages) for item in folded] == [
        ('{"n":"ł"}'.encode(), (0, 10, 1, 11)),
        (b'{"n":2}', (2, 12)),
    ]
    assert fold(chain[:1], lambda payloads: []) == chain[:1]


def test_a_json_array_holds_the_items_own_bytes():
    two = [Item(payload, "", "", (0,), "event.add") for payload in (b'{"n": 1.10}', b"{}")]
    assert json_array("events", two) == b'{"events":[{"n": 1.10},{}]}'
    around = json_array("events", two, {"email": True})
    assert around == b'{"events":[{"n": 1.10},{}],"email":true}'
    assert json.loads(around)["email"] is True
