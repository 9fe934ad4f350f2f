"""The contact of a gate: what is asked after its creation, and what the answers mean."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from batchline.systems.smartsender.gates import MOST_CANDIDATES
from batchline.systems.verdicts import CredentialsRefused, DestinationFailed, Judged
from batchline.testing.conformance import Bench
from tests.conformance.smartsender import CASES, GATE, error

BENCH = Bench(CASES)
EVE = {"channelId": "7", "identifier": "380501234567", "firstName": "Eve"}


def planned(payload, data=EVE):
    """The request that follows when an answer has completed the payload."""
    (first,) = BENCH.requests("contact.create", [{**data, "findContact": True}])
    item = replace(first.items[0], payload=payload or first.items[0].payload)
    ((request,),) = BENCH.system.plan(
        [item], "contact.create", BENCH.account.operation("contact.create"), BENCH.account
    )
    return request


def after(body, payload=None, data=EVE):
    """The request that follows when this answer has come."""
    return planned(BENCH.judge(planned(payload, data), body).again[0], data)


def collection(*ids):
    return {"cursor": {"page": 1, "pages": 1}, "collection": [{"id": each} for each in ids]}


def asked(request):
    call = BENCH.call(request)
    return call.method, call.url.partition("/v1/")[2], call.body


@pytest.mark.parametrize(
    ("more", "term"),
    [
        ({}, "380501234567"),
        ({"email": "eve@shop.example"}, "eve%40shop.example"),
        ({"email": "eve@shop.example", "phone": "+380679998877"}, "380679998877"),
    ],
)
def test_the_contact_is_searched_by_what_its_creation_gave(more, term):
    request = after(GATE, data={**EVE, **more})
    path = f"contacts/search?page=1&limitation=20&term={term}"
    assert asked(request) == ("GET", path, b"")


def test_the_contact_is_the_one_that_has_the_gate_and_not_the_first_that_is_found():
    search = after(GATE)
    first = planned(BENCH.judge(search, collection(1001, 1002)).again[0])
    assert asked(first) == ("GET", "contacts/1001/gates?page=1&limitation=20", b"")
    second = planned(BENCH.judge(first, collection(499, 500)).again[0])
    assert asked(second)[1].startswith("contacts/1002/gates")
    assert BENCH.judge(second, collection(GATE["id"])) == Judged(ids={0: "1002"})


def test_without_being_asked_for_the_contact_the_gates_id_is_what_is_known():
    (request,) = BENCH.requests("contact.create", [EVE])
    assert BENCH.judge(request, GATE) == Judged(ids={0: "501"})
    assert b"findContact" not in BENCH.call(request).body


def test_the_api_never_gets_what_is_only_for_finding_the_contact():
    body = json.loads(BENCH.call(planned(None)).body)
    assert body == {"identifier": "380501234567", "firstName": "Eve"}


def test_only_a_few_contacts_are_asked_about():
    searched = BENCH.judge(after(GATE), collection(*range(1, 21)))
    assert json.loads(searched.again[0])["candidates"] == [
        str(n + 1) for n in range(MOST_CANDIDATES)
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (collection(), 200),
        ({"collection": None}, 200),
        ({"collection": [{"id": 0}, 7]}, 200),
        (b"<html>", 200),
        (error(404, "not found"), 404),
        (error(400, "term is too short"), 400),
        (b"", 500),
        (b"", 302),
        (b"<html>blocked</html>", 403),
    ],
)
def test_a_search_that_tells_nothing_leaves_the_creation_delivered_without_an_id(body, status):
    assert BENCH.judge(after(GATE), body, status) == Judged()


def test_the_last_candidate_without_the_gate_leaves_it_delivered_without_an_id():
    only = planned(BENCH.judge(after(GATE), collection(1001)).again[0])
    assert BENCH.judge(only, collection(499)) == Judged()
    assert BENCH.judge(only, error(404, "contact not found"), 404) == Judged()


def test_the_rate_limit_and_refused_credentials_stop_a_question_like_any_request():
    search = after(GATE)
    limited = BENCH.judge(search, error(429, "Too many"), 429)
    assert isinstance(limited, DestinationFailed)
    assert limited.throttled
    refused = BENCH.judge(search, error(401, "Unauthenticated"), 401)
    assert isinstance(refused, CredentialsRefused)


@pytest.mark.parametrize("body", [{"state": True}, {"id": 501}, {"channel": {}}, b""])
def test_an_answer_that_is_no_gate_asks_nothing(body):
    outcome = BENCH.judge(planned(None), body)
    assert isinstance(outcome, DestinationFailed)
    assert outcome.ambiguous
