"""How often a login may fail."""

from __future__ import annotations

from batchline.worker.dashboard.attempts import (
    MOST_OF_ADDRESS,
    MOST_OF_NAME,
    REMEMBERED,
    WITHIN,
    Attempts,
)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_a_name_waits_after_its_failures_until_the_first_is_long_ago():
    clock = Clock()
    attempts = Attempts(clock)
    for number in range(MOST_OF_NAME):
        assert attempts.wait("ann", f"192.0.2.{number}") == 0
        attempts.begin("ann", f"192.0.2.{number}")
        clock.now += 1
    assert attempts.wait("ann", "198.51.100.1") == WITHIN - MOST_OF_NAME
    clock.now += WITHIN - MOST_OF_NAME
    assert attempts.wait("ann", "198.51.100.1") == 0


def test_an_address_that_tries_many_names_waits():
    attempts = Attempts(Clock())
    for number in range(MOST_OF_ADDRESS):
        attempts.begin(f"name{number}", "192.0.2.1")
    assert attempts.wait("ann", "192.0.2.1") > 0
    assert attempts.wait("ann", "192.0.2.2") == 0


def test_a_right_password_forgets_the_failures_of_its_name_and_no_others_of_the_address():
    attempts = Attempts(Clock())
    for number in range(MOST_OF_ADDRESS - 1):
        attempts.begin(f"name{number}", "192.0.2.1")
    for _ in range(MOST_OF_NAME - 1):
        attempts.begin("ann", "192.0.2.3")
    attempts.begin("ann", "192.0.2.1")
    attempts.succeeded("ann", "192.0.2.1")
    assert attempts.wait("ann", "192.0.2.4") == 0
    attempts.begin("bob", "192.0.2.1")
    assert attempts.wait("carl", "192.0.2.1") > 0


def test_a_flood_of_names_takes_no_more_memory():
    attempts = Attempts(Clock())
    for number in range(REMEMBERED + 10):
        attempts.begin(f"name{number}", f"address{number}")
    assert len(attempts._failed) == REMEMBERED
