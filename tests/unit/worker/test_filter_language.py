"""One language for filters: what is written is read as the same, and mistakes are named."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.registry import operation_names
from batchline.worker.dead_letters.filter import EVERY, LANGUAGE, Filter, stored_contact
from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.filters.durations import LONGEST, duration_of, seconds_of
from batchline.worker.filters.language import BadFilter
from batchline.worker.inspection.lanes_filter import LANGUAGE as LANES_LANGUAGE
from batchline.worker.inspection.lanes_filter import STATES, LanesFilter

TEXTS = st.text(min_size=1).filter(lambda text: text.strip())
MILLIS = st.integers(0, LONGEST * 86_400_000).map(lambda ms: ms / 1000)


def maybe(strategy):
    return st.none() | strategy


FILTERS = st.builds(
    Filter,
    account=maybe(TEXTS),
    operation=maybe(st.sampled_from(operation_names())),
    reason=maybe(st.sampled_from(list(REASONS))),
    since=maybe(MILLIS),
    until=maybe(MILLIS),
    contact=maybe(TEXTS.map(stored_contact).filter(lambda text: stored_contact(text) == text)),
    text=maybe(TEXTS),
)
LANES_FILTERS = st.builds(
    LanesFilter,
    account=maybe(TEXTS),
    operation=maybe(TEXTS),
    state=maybe(st.lists(st.sampled_from(list(STATES)), min_size=1, unique=True).map(tuple)),
    text=maybe(TEXTS),
)


@given(FILTERS)
def test_a_filter_of_dead_letters_that_is_written_is_read_as_the_same(wanted):
    assert LANGUAGE.parse(LANGUAGE.format(wanted)) == wanted


@given(LANES_FILTERS)
def test_a_filter_of_lanes_that_is_written_is_read_as_the_same(wanted):
    assert LANES_LANGUAGE.parse(LANES_LANGUAGE.format(wanted)) == wanted


@given(FILTERS)
def test_a_filter_in_an_address_is_read_as_the_same(wanted):
    query = parse_qs(LANGUAGE.to_query(wanted), keep_blank_values=True)
    assert LANGUAGE.from_query(query) == wanted


@given(st.text())
def test_a_text_is_a_filter_or_is_refused(text):
    with suppress(BadFilter):
        wanted = LANGUAGE.parse(text)
        assert LANGUAGE.parse(LANGUAGE.format(wanted)) == wanted


@given(MILLIS)
def test_a_duration_is_written_in_a_way_that_is_read_as_the_same(seconds):
    assert seconds_of(duration_of(seconds)) == seconds


def test_the_text_of_the_documents_is_read():
    wanted = LANGUAGE.parse('reason=rejected account=default text="bad \\"e-mail\\"" since=2h')
    assert wanted == Filter("default", None, "rejected", 7200, None, None, 'bad "e-mail"')
    assert LANGUAGE.format(wanted) == (
        'account=default reason=rejected since=2h text="bad \\"e-mail\\""'
    )


def test_an_empty_text_asks_for_nothing():
    assert LANGUAGE.parse("  ") == EVERY
    assert LANGUAGE.format(EVERY) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raeson=rejected", "raeson: there is no such condition; did you mean reason? (known: acc"),
        ("reason=rejcted", "reason: 'rejcted' is none; did you mean rejected? (known: contact_mis"),
        ("operation=event.ad", "operation: 'event.ad' is none; did you mean event.add?"),
        ("since=2 account=a", "since: '2' must be a duration such as 90s, 15m, 2h or 3d"),
        ("since=40000d", "since: '40000d' must be at most 36500d"),
        ("rejected", "'rejected' is no condition such as reason=rejected; a text is text="),
        ("account=a account=b", "account= stands there twice"),
        ("account=", "account: must not be empty"),
        ('text="a', "a quote that does not end"),
        ('text=a"b', "a quote that does not end, or stands in the middle of a value"),
        ("=a", "'=a' is no condition"),
    ],
)
def test_a_mistake_is_named_with_what_is_near(text, words):
    with pytest.raises(BadFilter) as caught:
        LANGUAGE.parse(text)
    assert words in str(caught.value)


def test_a_state_that_is_none_is_named_with_what_is_near():
    with pytest.raises(BadFilter, match="'pausd' is none; did you mean paused"):
        LANES_LANGUAGE.parse("state=failing,pausd")


def test_an_address_may_hold_more_than_the_filter():
    query = {"page": ["2"], "sort": ["-backlog"], "reason": ["expired"], "text": [""]}
    assert LANGUAGE.from_query(query) == Filter(reason="expired")


def test_who_may_not_see_persons_sees_none():
    wanted = Filter(account="default", contact="ann@shop.example", text="+48 600 100 200")
    assert LANGUAGE.format(wanted, hides=True) == "account=default contact=*** text=***"
