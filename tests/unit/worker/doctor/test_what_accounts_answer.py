"""What an API's answer to the harmless question means for a person."""

import pytest

from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import CredentialsRefused, DestinationFailed, Judged
from batchline.worker.doctor import accounts

#: Fri, 27 Nov 2026 07:00:00 GMT
SEVEN = 1_795_762_800


@pytest.mark.parametrize(
    ("date", "mark", "words"),
    [
        ("Fri, 27 Nov 2026 07:00:40 GMT", "well", "clock within 40 s"),
        ("Fri, 27 Nov 2026 06:50:00 GMT", "doubtful", "differ by 600 s"),
        ("Fri, 27 Nov 2026 07:02:00 -0000", "doubtful", "differ by 120 s"),
    ],
)
def test_the_apis_clock_is_compared_with_the_one_here(date, mark, words):
    (found,) = accounts.clock(HttpAnswer(200, {"date": date}, b""), SEVEN)
    assert found.mark == mark
    assert words in found.text
    assert ("NTP" in found.fix) == (mark == "doubtful")


@pytest.mark.parametrize("headers", [{}, {"Date": "soon"}])
def test_an_answer_without_a_time_says_nothing_of_the_clock(headers):
    assert list(accounts.clock(HttpAnswer(200, headers, b""), SEVEN)) == []


def test_each_outcome_has_what_mends_it():
    outcomes = (Judged(), CredentialsRefused("HTTP 401"), DestinationFailed("HTTP 503"))
    told = [accounts.judged(outcome, "default") for outcome in outcomes]
    assert [one.mark for one in told] == ["well", "wrong", "wrong"]
    assert [bool(one.fix) for one in told] == [False, True, True]


def test_an_answer_that_takes_long_is_doubtful_before_it_is_lost():
    assert accounts.latency(0.1234, 30).text == "answered in 123 ms"
    slow = accounts.latency(16, 30)
    assert (slow.mark, "timeout.read" in slow.fix) == ("doubtful", True)
