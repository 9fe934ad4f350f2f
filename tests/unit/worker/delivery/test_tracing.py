"""Which trace a batch goes on with, and what its spans say."""

from __future__ import annotations

import pytest

from batchline.producers.traceparent import TraceParent
from batchline.systems.requests import HttpCall
from batchline.worker.delivery.tracing import (
    MOST_LINKS,
    NO_TRACE,
    BatchTrace,
    mark,
    origins,
    request_of,
    trace_of,
)
from batchline.worker.store.parking import Meta


def place(number):
    return TraceParent(f"{number:032x}", f"{number:016x}")


def test_a_place_in_a_trace_is_read_as_it_was_written():
    assert TraceParent.parse(str(place(7))) == place(7)
    assert TraceParent.parse(place(7).line) == place(7)


@pytest.mark.parametrize(
    "text", ["", "trace ", "00-1-2-01", str(place(1)).replace("-01", "-00"), f"{place(1)} ann@x"]
)
def test_another_text_names_no_place(text):
    assert TraceParent.parse(text) is None


def test_a_batch_goes_on_with_its_first_trace_and_is_linked_with_each_once():
    lines = [place(n).line for n in (3, 1, 3, 2, 1)]
    assert origins(lines) == (place(3), [place(3), place(1), place(2)])


def test_a_batch_names_a_bounded_number_of_traces():
    first, links = origins(place(n).line for n in range(1, 2 * MOST_LINKS))
    assert first == place(1)
    assert len(links) == MOST_LINKS


def test_a_batch_without_a_traced_message_goes_on_with_nothing():
    assert origins([]) == (None, [])


def test_the_span_of_a_call_holds_neither_path_nor_query():
    call = HttpCall("https://user:pw@api.example:8443/v1/ann%40x?token=s3cret", {}, b"", "PUT")
    name, attributes = request_of(call)
    assert name == "PUT api.example"
    assert attributes == {
        "http.request.method": "PUT",
        "server.address": "api.example",
        "server.port": 8443,
        "url.scheme": "https",
    }


def test_an_exception_names_the_trace_that_it_ended():
    error = ValueError("ours")
    mark(error, BatchTrace(place(5)))
    assert trace_of(error) == place(5)
    mark(other := KeyError("ours"), NO_TRACE)
    assert trace_of(other) is None


def test_a_message_that_carries_a_trace_alone_has_been_through_nothing():
    traced = Meta("default:event.add:0@5-0", history=[(5, place(1).line)])
    assert (traced.trace, traced.is_new()) == (place(1).line, True)
    parked = traced.with_event(6, "contact missing")
    assert (parked.trace, parked.is_new()) == (place(1).line, False)
    assert Meta.from_json(parked.to_json().encode()).trace == place(1).line
    replayed = Meta("default:event.add:0@5-0", history=[(6, "replayed")])
    assert (replayed.trace, replayed.is_new()) == ("", False)
