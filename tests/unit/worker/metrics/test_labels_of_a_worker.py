"""The few values that labels of a worker's metrics have."""

from __future__ import annotations

import pytest

from batchline.systems import verdicts
from batchline.systems.verdicts import CredentialsRefused, DestinationFailed, Judged, Refused
from batchline.worker.metrics.meter import cause_of, outcome_of, status_class, verdict_of

FAILED = DestinationFailed("HTTP 500")


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("200", "200"),
        ("204", "2xx"),
        ("302", "3xx"),
        ("404", "4xx"),
        ("429", "429"),
        ("503", "5xx"),
        ("timeout", "timeout"),
        ("broken", "broken"),
    ],
)
def test_a_status_is_one_of_a_few_classes(status, shown):
    assert status_class(status) == shown


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (Judged(), "taken"),
        (verdicts.Verified(), "taken"),
        (Refused("no"), "refused"),
        (FAILED, "failed"),
        (DestinationFailed("HTTP 429", throttled=True), "throttled"),
        (CredentialsRefused("HTTP 401"), "credentials"),
    ],
)
def test_an_outcome_of_a_request_is_one_of_five(outcome, shown):
    assert verdict_of(outcome) == shown


@pytest.mark.parametrize(
    ("stop", "outcome", "cause"),
    [
        (None, "done", ""),
        (FAILED, "failed", "operation"),
        (DestinationFailed("refused", unreachable=True), "failed", "host"),
        (DestinationFailed("HTTP 429", throttled=True), "failed", "throttled"),
        (DestinationFailed("HTTP 403", blocked=True), "failed", "blocked"),
        (CredentialsRefused("HTTP 401"), "refused", "credentials"),
        (verdicts.Flooded(), "refused", ""),
        (verdicts.RateLimited(1.0), "waits", ""),
        (verdicts.ShuttingDown(), "waits", ""),
    ],
)
def test_a_batch_ends_in_one_of_four_ways_for_one_of_few_causes(stop, outcome, cause):
    assert (outcome_of(stop), cause_of(stop)) == (outcome, cause)
