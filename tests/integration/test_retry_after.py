"""`Retry-After`, from the API's answer to the next request: kept exactly, and never a trap."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.builders import contact, event

UPSERTS = "/api/contact/batchupsertv2"
BACKOFF = "backoff = {first = 0.1, factor = 2, max = 0.5}"
BREAKER = "breaker = {streak = 5, open = 0.5}"


def slow_backoff(stack):
    """Without a word of the API a lane waits for half a minute, and no breaker has a say."""
    slow = "backoff = {first = 60, factor = 1, max = 60}"
    stack.configure((BACKOFF, slow), (BREAKER, "breaker = {streak = 99, share = 1, least = 99}"))
    stack.worker()


def requests(stack, path=UPSERTS):
    """When the API got them, seconds."""
    return [one["started"] for one in stack.sandbox.control.requests() if one["path"] == path]


def refuse(stack, retry_after, path=UPSERTS, status=503, times=None):
    stack.sandbox.control.fault(
        "status", {"path": path}, status=status, retry_after=retry_after, times=times
    )


def http_date(**from_now):
    return format_datetime(datetime.now(UTC) + timedelta(**from_now), usegmt=True)


def wait_after(stack, retry_after):
    """Seconds between a request that is so answered and the next one."""
    before = len(requests(stack))
    refuse(stack, retry_after, times=1)
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.until(lambda now: len(requests(stack)) == before + 2)
    stack.until_at_rest()
    first, second = requests(stack)[before:]
    return second - first


def test_a_retry_after_of_zero_again_and_again_does_not_spin(stack):
    slow_backoff(stack)
    refuse(stack, "0")
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.until(lambda now: now.totals["requests"] >= 2)  # the first is taken at its word
    time.sleep(1)
    assert len(requests(stack)) <= 5
    assert stack.lane("contact.upsert").backlog == 1


def test_a_number_or_a_date_is_waited_for_and_a_date_of_the_past_is_not(stack):
    slow_backoff(stack)
    assert wait_after(stack, "1") >= 1
    assert wait_after(stack, http_date(seconds=2)) > 0.9  # a date has whole seconds
    assert wait_after(stack, http_date(days=-1)) < 6
    assert wait_after(stack, "0") < 6


def test_without_a_retry_after_that_can_be_read_the_lane_backs_off(stack):
    slow_backoff(stack)
    refuse(stack, None)
    refuse(stack, "tomorrow", "/api/contact/batchAddContactExtEvent")
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        producer.send(event(1))
    found = stack.until(lambda now: [lane.attempts > 0 for lane in now.lanes] == [True, True])
    assert all(lane.due_seconds is not None and lane.due_seconds <= 60 for lane in found.lanes)
    assert {lane.last_error for lane in found.lanes} == {"HTTP 503"}


def test_a_retry_after_that_is_absurdly_far_is_cut_to_a_day_and_the_status_says_so(stack):
    slow_backoff(stack)
    refuse(stack, "99999999999", status=429)
    refuse(stack, "Wed, 21 Oct 2099 07:28:00 GMT", "/api/contact/batchAddContactExtEvent")
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        producer.send(event(1))
    found = stack.until(lambda now: [lane.attempts for lane in now.lanes] == [1, 1])
    for lane in found.lanes:
        assert 86_300 < lane.due_seconds <= 86_400
    upserts, events = found.lanes
    assert upserts.last_error == "HTTP 429 (Retry-After of 1e+11 s cut to a day)"
    assert events.last_error.endswith("s cut to a day)")
    assert "1e+11 s cut to a day" in " ".join(stack.run("status").stdout.decode().split())
