"""What is kept of a request shows its shape, and no value of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.producers.lanes import Lane
from batchline.systems.columns import Columns
from batchline.systems.requests import Endpoint, HttpCall
from batchline.systems.scrub import Scrubber
from batchline.systems.verdicts import Dead, DestinationFailed, Judged, Refused, Verified
from batchline.worker.delivery.kept_requests import Kept, Sent, shape, verdict_of, words_of
from batchline.worker.store.batch import Batch

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"email":"ann@shop.example"}', '{"email":"***"}'),
        (
            b'{"a": 48600700800, "b": true, "c": null, "d": ""}',
            '{"a": ***, "b": true, "c": null, "d": ""}',
        ),
        (b'{"ann@shop.example": 1}', '{"***": ***}'),
        (b'[{"name":"Zo\\"sia"}]', '[{"name":"***"}]'),
        (b"", ""),
        (b"<html>ann@shop.example</html>", "29 bytes that are no JSON"),
    ],
)
def test_values_are_masked_and_names_of_fields_are_not(body, expected):
    assert shape(body, 1000) == expected


@pytest.mark.parametrize("length", range(1, 40))
def test_a_text_that_breaks_off_is_masked_wherever_it_does(length):
    shown = shape(b'{"email":"ann@shop.example","n":123456789}', length)
    assert "ann" not in shown
    assert "123" not in shown


@given(st.text(min_size=6), st.integers(1, 400))
def test_no_value_is_seen_however_it_is_spelled(value, longest):
    planted = f"planted{value}planted"
    for ascii_ in (True, False):
        body = json.dumps({"a": [planted, {"b": planted}]}, ensure_ascii=ascii_).encode()
        assert "planted" not in shape(body, longest)


@given(VALUES)
def test_a_shape_is_bounded(value):
    body = json.dumps([value]).encode()
    assert len(shape(body, 50)) < 50 + 30


def test_words_are_few_and_their_hashes_are_masked():
    exceptions = {n: Dead("rejected", f"text {n}") for n in range(5)}
    words = words_of(Judged(exceptions), Scrubber())
    assert words == "text 0; text 1; text 2; and 2 more texts"
    sha = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
    assert sha not in words_of(Refused(f"sha {sha} is wrong"), Scrubber())
    assert "own secret" not in words_of(Refused("the own secret"), Scrubber(["own secret"]))


def test_a_row_that_cannot_be_made_is_left_out_and_the_others_stay(caplog):
    rows = [("ann@shop.example", "", b'{"n":1}')]
    columns = Columns.of("event.add", rows)
    batch = Batch(Lane("default", "event.add"), [b"17-0"], columns, {})
    endpoint = Endpoint("/v1/{contactId}?key=s3cr3t", lambda *_: b"", lambda *_: None)
    request = endpoint.request(columns.all(), contactId="ann@shop.example")
    call = HttpCall("http://api.example", {}, b'{"email":"ann@shop.example"}')
    kept = Kept(10)
    for outcome in (Refused("no"), Refused(7), Refused("not this either")):
        kept.add(Sent(request, call, "400", outcome, None, 0.0, 0.1))
    found = [json.loads(row) for row in kept.rows(batch, 2, ())]
    assert [row["words"] for row in found] == ["no", "not this either"]
    assert "not kept: TypeError" in caplog.text
    assert (found[0]["first"], found[0]["attempt"]) == ("default:event.add:0@17-0", 2)
    assert found[0]["path"] == "/v1/{contactId}?key=***"
    assert "ann" not in json.dumps(found)


def test_a_request_has_the_verdict_that_the_metrics_count():
    assert [verdict_of(one) for one in (Judged(), Verified(), Refused("x"))] == [
        *("taken", "taken", "refused"),
    ]
    assert verdict_of(DestinationFailed("x")) == "failed"
    assert verdict_of(DestinationFailed("x", throttled=True)) == "throttled"
