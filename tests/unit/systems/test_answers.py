"""What any HTTP API's answer means before one looks at its own words."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from batchline.systems.answers import LONGEST_RETRY_AFTER, by_status, json_object, retry_after
from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import CredentialsRefused, DestinationFailed

NOW = 1_795_248_000.0


def answer(status=200, body=b"{}", **headers):
    return HttpAnswer(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, body
    )


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("999999999", LONGEST_RETRY_AFTER),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        (
            format_datetime(datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=30), usegmt=True),
            30.0,
        ),
        (format_datetime(datetime.fromtimestamp(NOW, UTC) - timedelta(days=1), usegmt=True), 0.0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", LONGEST_RETRY_AFTER),
        ("Wed, 99 Oct 2099 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header, seconds):
    assert retry_after(answer(retry_after=header), NOW) == seconds


def test_retry_after_is_found_whatever_its_case():
    assert retry_after(HttpAnswer(429, {"RETRY-AFTER": "3"}, b""), NOW) == 3


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599, 301, 302, 100])
def test_these_statuses_are_about_the_destination(status):
    assert isinstance(by_status(answer(status), NOW), DestinationFailed)


def test_a_401_is_about_the_credentials():
    assert isinstance(by_status(answer(401), NOW), CredentialsRefused)


@pytest.mark.parametrize("status", [200, 201, 400, 403, 404, 413, 422])
def test_for_other_statuses_the_body_has_to_be_read(status):
    assert by_status(answer(status), NOW) is None


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", b'"x"', b"null", b'{"a":', b"\xff", b"[" * 100_000]
)
def test_what_is_no_json_object_is_none(body):
    assert json_object(answer(body=body)) is None
