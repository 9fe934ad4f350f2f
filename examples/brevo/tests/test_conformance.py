"""The suite that every system passes, over Brevo's cases, and the promises of Brevo alone."""
# mypy: ignore-errors

from __future__ import annotations

import json

from batchline_brevo import SYSTEM

from batchline.systems.verdicts import Dead, DestinationFailed
from batchline.testing.conformance import Answer, Bench, Case, SystemCases, SystemSuite

INVALID = {"code": "invalid_parameter", "message": "Invalid phone number"}


def batch(total: int, *failed: int) -> dict[str, object]:
    """`batchEventsResponse`: so many events, and the numbers of those that failed."""
    errors = [{"eventIndex": [number], "message": "event_date is invalid"} for number in failed]
    return {
        "status": "partial",
        "total_events": total,
        "successful_events": total - len(failed),
        "failed_events": len(failed),
        "errors": errors,
    }


UPSERT = Case(
    operation="contact.upsert",
    data={
        "email": "elly@shop.example",
        "ext_id": "7",
        "attributes": {"FNAME": "Elly", "COUNTRIES": ["India", "China"]},
        "listIds": [36],
    },
    varied={"email": "elly{n}@shop.example"},
    calls={1: 1, 3: 3},
    sample=[{"email": "elly@shop.example", "attributes": {"FNAME": "Elly", "LNAME": "Roger"}}],
    answers=[
        Answer("reference/create-contact 201", "delivered", {"id": 21}, 201, api_id="21"),
        Answer("reference/create-contact 201, id: null", "delivered", {"id": None}, 201),
        Answer("reference/create-contact 204", "delivered", b"", 204),
        Answer("reference/create-contact 400", "refused", INVALID, 400, detail="Invalid phone"),
        Answer("reference/create-contact 425", "failed", INVALID, 425),
        Answer("a 201 without an id", "ambiguous", {}, 201),
        Answer("a 200", "ambiguous", {"id": 21}, 200),
    ],
    refused=[
        ({"email": None}, "email: Field required"),
        ({"email": "elly"}, "email: value is not a valid email address"),
        ({"attributes": {"Fname": "Elly"}}, "String should match pattern '^[A-Z0-9_]+$'"),
    ],
)
EVENT = {
    "event_name": "video_played",
    "event_date": "2024-02-06T20:59:23.383Z",
    "identifiers": {"email_id": "jane.doe@shop.example"},
    "event_properties": {"video_title": "Brevo", "duration": 142, "autoplayed": False},
}
ADD = Case(
    operation="event.add",
    data=EVENT,
    varied={"identifiers.email_id": "jane{n}@shop.example"},
    calls={1: 1, 200: 1, 201: 2},
    sample=[EVENT, {**EVENT, "event_name": "video_ended"}],
    answers=[
        Answer("create-batch-events 202", "delivered", {"message": "accepted", "count": 1}, 202),
        Answer("changelog/2026/3/3 207", "dead", batch(1, 0), 207, detail="event_date is invalid"),
        Answer("create-batch-events 400", "dead", batch(1, 0), 400, detail="event_date is invalid"),
        Answer("how-it-works, an error", "refused", INVALID, 400, detail="Invalid phone number"),
        Answer("a 202 about more events", "ambiguous", {"message": "accepted", "count": 2}, 202),
        Answer("a 202 without a count", "ambiguous", {"message": "accepted"}, 202),
        Answer("a 207 about another event", "ambiguous", batch(1, 1), 207),
        Answer("a 207 about more events", "ambiguous", batch(2, 0), 207),
        Answer("a 204", "ambiguous", b"", 204),
        Answer("a 400 that failed nothing", "failed", batch(1), 400),
    ],
    refused=[
        ({"event_name": "video played"}, "event_name: String should match pattern"),
        ({"event_name": "v" * 256}, "event_name: String should match pattern"),
        ({"identifiers": {}}, "identifiers: Value error, email_id or ext_id: give at least one"),
        ({"event_date": "2024-02-06T20:59:23"}, "event_date: Input should have timezone info"),
        ({"event_properties": {"a b": 1}}, "String should match pattern"),
        ({"event_properties": {"a": "x" * 50_000}}, "must be 50,000 bytes of JSON at most"),
    ],
)
UNAUTHORIZED = {"code": "unauthorized", "message": "authentication not found in headers"}
CASES = SystemCases(
    SYSTEM,
    account={"api_key": "SECRET-key"},
    cases=[UPSERT, ADD],
    answers=[
        Answer("HTTP 401", "account", UNAUTHORIZED, 401, detail="authentication not found"),
        Answer("HTTP 413", "refused", b"", 413),
        Answer("HTTP 429", "failed", b"", 429),
        Answer("HTTP 503", "failed", b"", 503),
        Answer("HTTP 500", "ambiguous", b"", 500),
        Answer("a page instead of an answer", "ambiguous", b"<html>Please wait</html>"),
        Answer("a gateway's page", "failed", b"<html>Not found</html>", 404),
    ],
)
BENCH = Bench(CASES)


class TestBrevo(SystemSuite):
    system = CASES


def test_upserts_of_one_contact_go_out_as_one_with_the_last_values_and_every_list() -> None:
    first = {"email": "Ann@shop.example", "attributes": {"FNAME": "An", "AGE": 37}, "listIds": [1]}
    last = {"email": "ann@shop.example", "attributes": {"FNAME": "Ann"}, "listIds": [2, 1]}
    [request] = BENCH.requests("contact.upsert", [first, last])
    assert request.items[0].messages == (0, 1)
    assert json.loads(BENCH.call(request).body) == {
        "email": "ann@shop.example",
        "attributes": {"FNAME": "Ann", "AGE": 37},
        "listIds": [1, 2],
        "updateEnabled": True,
    }


def test_of_a_batch_only_the_events_that_the_answer_names_are_dead() -> None:
    [request] = BENCH.requests("event.add", ADD.many(3))
    outcome = BENCH.judge(request, batch(3, 1), 207)
    assert outcome.exceptions == {1: Dead("rejected", "event_date is invalid")}


def test_a_body_is_never_larger_than_512_kb() -> None:
    events = [{**EVENT, "event_properties": {"text": "x" * 40_000}}] * 20
    bodies = [BENCH.call(request).body for request in BENCH.requests("event.add", events)]
    assert max(map(len, bodies)) <= 512_000
    assert sum(len(json.loads(body)["events"]) for body in bodies) == 20


def test_a_429_is_waited_for_as_long_as_the_api_says() -> None:
    outcome = BENCH.judge(BENCH.one(ADD), b"", 429, {"X-Sib-Ratelimit-Reset": "45"})
    assert isinstance(outcome, DestinationFailed)
    assert (outcome.retry_after, outcome.throttled) == (45, True)
