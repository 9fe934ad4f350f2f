"""job/status and the result's file: documented in words only, so read leniently."""

import json

import pytest

from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.jobs import UNNAMED, file_url, result


def answer(body, status=200):
    return HttpAnswer(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ({"success": True, "message": [], "fileUrl": "https://s/x?sig=1"}, "https://s/x?sig=1"),
        ({"success": True, "message": ["Export done"], "fileUrl": "https://s/x"}, "https://s/x"),
        ({"success": True, "message": ["Job not start yet"]}, None),
        ({"success": True, "message": []}, None),
        ({"success": False, "message": ["no"], "fileUrl": "https://s/x"}, None),
        ({"success": True, "fileUrl": "file:///etc/passwd"}, None),
        ({"success": True, "fileUrl": 7}, None),
        (b"<html>", None),
    ],
)
def test_a_job_has_ended_when_there_is_a_file_whatever_the_message_says(body, url):
    assert file_url(answer(body)) == url


@pytest.mark.parametrize(
    ("invalid", "read"),
    [
        ([], {}),
        (None, {}),
        (["A@b.pl"], {"a@b.pl": UNNAMED}),
        ("a@b.pl", {"a@b.pl": UNNAMED}),
        ([{"email": "a@b.pl", "message": "bad"}], {"a@b.pl": "bad"}),
        ({"email": "a@b.pl", "message": ["bad", "worse"]}, {"a@b.pl": "bad; worse"}),
        ({"a@b.pl": "bad", "c@d.pl": None}, {"a@b.pl": "bad", "c@d.pl": UNNAMED}),
        ([{"email": "a@b.pl", "contactId": "ID"}], {"a@b.pl": UNNAMED, "id": UNNAMED}),
    ],
)
def test_invalid_contacts_are_read_in_whatever_form_they_come(invalid, read):
    ended = result(answer({"success": True, "contactIds": {}, "invalidContacts": invalid}))
    assert ended.invalid == read


@pytest.mark.parametrize("body", [b"", b"<Error/>", {}, [], {"success": True}])
def test_what_is_no_result_is_not_taken_for_one(body):
    assert result(answer(body)) is None


def test_a_file_that_is_gone_is_no_result():
    assert result(answer({"invalidContacts": []}, status=404)) is None
