"""What any HTTP API's answer means before one looks at its own words."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from batchline.systems.answers import LONGEST_RETRY_AFTER, by_status, json_object, retry_after
from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import CredentialsRefused, DestinationFailed

NOW = 1_795_248_000.0
ENVOY = "upstream connect error or disconnect/reset before headers"


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


@pytest.mark.parametrize(
    ("status", "body", "headers", "ambiguous"),
    [
        *((status, b"{}", {}, True) for status in (100, 101, 199, 300, 301, 302, 304, 307, 399)),
        *((status, b"{}", {"retry_after": "3"}, True) for status in (303, 408, 500, 502, 504, 599)),
        *((status, b"<html>", {}, False) for status in (425, 429, 501, 505)),
        (503, b"", {}, False),
        (503, b'{"error": {"code": 503}}', {}, False),
        (503, b"<html><center>nginx</center></html>", {"retry_after": "120"}, False),
        (503, f"{ENVOY}. reset reason: connection termination".encode(), {}, True),
        (503, ENVOY.encode(), {}, True),
        (503, f"{ENVOY}. reset reason: remote connection failure".encode(), {}, False),
        (503, f"{ENVOY}. reset reason: overflow".encode(), {}, False),
        (503, b"<h1>Error 503 Backend fetch failed</h1>", {"retry_after": "5"}, True),
        (503, b"<title>503 first byte timeout</title>", {}, True),
        (503, b"//www.herokucdn.com/error-pages/application-error.html", {}, True),
        (503, b"//www.herokucdn.com/error-pages/maintenance-mode.html", {}, False),
    ],
)
def test_whether_the_api_may_have_taken_a_request_with_this_answer(
    status, body, headers, ambiguous
):
    outcome = by_status(answer(status, body, **headers), NOW)
    assert isinstance(outcome, DestinationFailed)
    assert outcome.ambiguous is ambiguous


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
