"""HTTP 200 with `success: false`, and words about too many requests: the lane waits, as after 429.

The documents (000:493-496, 000:2546-2550) say of `message` no more than "additional information
enabling error identification", and name no rate limit.
"""

from __future__ import annotations

import json

import pytest

from batchline.systems.columns import Item
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago import SYSTEM, contacts, events, verify
from batchline.systems.salesmanago_mobile import SYSTEM as MOBILE
from batchline.systems.salesmanago_mobile.adapter import CREATE
from batchline.systems.verdicts import DestinationFailed, Refused

EVENT = Item(b'{"email":"ann@shop.example"}', "ann@shop.example", "", (0,), "event.add")

THROTTLING = [
    "Too many requests",
    "Too many API requests, please wait",
    "too many concurrent requests",
    "Too many calls",
    "Rate limit exceeded",
    "API rate limit exceeded for client",
    "You are being rate-limited",
    "RATE_LIMIT",
    "Rate exceeded",
    "Request rate too high",
    "Request limit reached",
    "Requests limit exceeded",
    "API limit exceeded",
    "API calls limit has been reached",
    "You have exceeded your request limit",
    "Exceeded the API call quota",
    "Daily quota of API calls is exhausted",
    "Limit of requests per minute exceeded",
    "More than 100 requests per second",
    "Limit exceeded, try again in 60 seconds",
    "Limit reached. Please retry later",
    "Requests sent too often",
    "Request was throttled.",
    "Throttling",
    "Please slow down",
    "HTTP 429",
    "Error code: 429",
    "Request limit per minute exceeded",
    "API calls limit for this account has been reached",
    "requests limit of 100 per minute has been reached",
    "Maximum number of requests reached",
    "The number of requests exceeds the limit",
    "Number of API calls exceeded",
    "The number of requests per minute is too high",
    "You exceeded the maximum number of API calls",
    "Quota exceeded",
    "You have exceeded your daily quota",
    "Error: your daily quota has been exhausted",
]
VALIDATION = [
    "value exceeds limit",
    "Value exceeds the limit of 255 characters",
    "limit exceeded",
    "Contacts limit exceeded",
    "Limit of contacts exceeded",
    "email: length limit exceeded",
    "upsertDetails: limit of 1000 elements exceeded",
    "Too many contacts in request",
    "Too many tags",
    "too many request parameters",
    "points limit of program exceeded",
    "Exchange rate: limit exceeded",
    "Rate is not a number",
    "Invalid request",
    "Request is too large",
    "Event 429 does not exist",
    "detail1: 429",
    "The phone call already exists",
    "Quota of mailings exceeded",
    "accelerate limit exceeded",
    "Batch is limited to 1000",
    "Something was wrong, try again later",
    "You have reached the contact limit of your plan. Upgrade and try again later",
    "Contacts limit exceeded. Please try again later",
    "Storage limit reached, retry after an upgrade",
    "Number of contacts exceeded",
    "The number of tags exceeds the limit",
    "Maximum number of contacts reached",
    "Mailing quota exceeded",
    "You have reached your quota of contacts",
    "Contact quota exceeded",
    "Request limits of details: 20 characters",
    "",
]


def answer(*messages, status=200, headers=None):
    body = {"success": False, "message": list(messages)}
    return HttpAnswer(status, headers or {}, json.dumps(body).encode())


def judged(*messages, **more):
    return SYSTEM.adapter.judge(events.BATCH.request([EVENT]), answer(*messages, **more), None, 0.0)


@pytest.mark.parametrize("words", THROTTLING)
def test_words_about_too_many_requests_are_throttling_and_nothing_was_taken(words):
    assert judged("Not added", words) == DestinationFailed(
        f"Not added; {words}", throttled=True, in_words=True
    )


@pytest.mark.parametrize("words", VALIDATION)
def test_words_about_a_value_are_a_refusal(words):
    assert isinstance(judged(words), Refused)


@pytest.mark.parametrize("status", [200, 400, 403])
def test_the_words_count_with_any_status_and_retry_after_is_kept(status):
    outcome = judged("Too many requests", status=status, headers={"Retry-After": "7"})
    assert outcome == DestinationFailed("Too many requests", 7.0, throttled=True, in_words=True)


def test_a_single_text_in_place_of_an_array_is_read_as_well():
    raw = HttpAnswer(200, {}, b'{"success":false,"message":"Rate limit exceeded"}')
    outcome = SYSTEM.adapter.judge(contacts.BATCH.request([EVENT]), raw, None, 0.0)
    assert outcome == DestinationFailed("Rate limit exceeded", throttled=True, in_words=True)


def test_questions_and_salesmanago_mobile_read_the_words_alike():
    throttled = DestinationFailed("Too many requests", throttled=True, in_words=True)
    (question,) = verify.plan([EVENT])
    assert SYSTEM.adapter.judge(question, answer("Too many requests"), None, 0.0) == throttled
    creation = CREATE.request([EVENT])
    assert MOBILE.adapter.judge(creation, answer("Too many requests"), None, 0.0) == throttled


def judged_beside(values, body):
    """The outcome of a request with two events, one with these values."""
    other = Item(json.dumps({"email": "bob@shop.example", **values}).encode(), "b", "", (1,), "x")
    raw = HttpAnswer(200, {}, json.dumps({"success": False, **body}).encode())
    return SYSTEM.adapter.judge(events.BATCH.request([EVENT, other]), raw, None, 0.0)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("THROTTLED", "Detail throttled is not allowed"),
        ("too many calls", "Invalid description: too many calls"),
        ("HTTP 429", "detail1 'HTTP 429' has a wrong format"),
        ("Slow down &amp; relax", "Unknown product: Slow down & relax"),
    ],
)
def test_a_value_of_a_message_that_is_quoted_is_no_throttling(value, words):
    assert isinstance(judged_beside({"detail1": value}, {"message": [words]}), Refused)
    assert judged_beside({"detail1": "else"}, {"message": [words]}).throttled


def test_the_refused_values_of_an_answer_are_no_words_of_the_api():
    # 000:2546-2550 say of `message` alone that it tells the error.
    body = {"message": ["Invalid detail"], "values": ["rate limit"]}
    assert isinstance(judged_beside({}, body), Refused)


@pytest.mark.parametrize("value", ["requests", "Too many requests", "limit"])
def test_throttling_stays_throttling_whatever_a_message_holds(value):
    for words in ("Too many requests", "Request limit exceeded"):
        assert judged_beside({"detail1": value}, {"message": [words]}).throttled


@pytest.mark.parametrize("filler", ["x" * 100_000, "the limit of requests " * 50_000])
def test_a_text_of_a_megabyte_is_searched_at_its_ends_alone(filler):
    """The time of a search grows with the square of the text: the whole of it would take hours."""
    assert isinstance(judged(f"bad {filler} value"), Refused)
    assert judged(f"{filler}. Too many requests").throttled
    assert judged(f"Too many requests: {filler}").throttled
