"""GET /v1/importstatus/{asyncSessionId}."""

import json

import pytest

from batchline.systems.esputnik import SYSTEM as SPEC
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import JobEnded

SYSTEM = SPEC.adapter


def progress(body, status=200):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return SYSTEM.job_progress(HttpAnswer(status, {}, raw))


def test_the_session_is_asked_about_by_its_id():
    account = EsputnikAccount(system="esputnik", api_key="k", url="https://yespo.io/api")
    call = SYSTEM.job_status("a/b-1", account, 0, "")
    assert (call.method, call.url) == ("GET", "https://yespo.io/api/v1/importstatus/a%2Fb-1")
    assert call.body == b""
    assert call.headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("mapping", "aliases"),
    [
        (None, {}),
        ([], {}),
        ([{"dedupeValue": "A@b.pl", "contactId": 7}], {"a@b.pl": "7"}),
        ({"dedupeValue": "a@b.pl", "contactId": "7"}, {"a@b.pl": "7"}),
        ([{"dedupeValue": "a@b.pl"}, "x", None, {"contactId": 7}], {}),
    ],
)
def test_a_finished_import_confirms_its_contacts_and_says_their_ids(mapping, aliases):
    body = {"status": "FINISHED", "timestamp": 1, "mapping": mapping}
    assert progress(body) == JobEnded(aliases=aliases)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"status": "ERROR", "description": "No such field"}, "No such field"),
        ({"status": "ERROR"}, "status ERROR"),
    ],
)
def test_an_import_in_error_fails_in_the_apis_words(body, detail):
    assert progress(body) == JobEnded(failed=detail)


@pytest.mark.parametrize(
    "body", [{"status": "STARTED"}, {"status": "IMPORTING"}, {"status": "?"}, {}, [], b"", b"<p>"]
)
def test_what_does_not_say_that_it_ended_has_not_ended(body):
    assert progress(body) is None


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_only_a_200_ends_a_job(status):
    assert progress({"status": "FINISHED"}, status) is None
