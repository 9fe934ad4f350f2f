"""job/status and the result's file: documented in words only, so read leniently."""

import json

import pytest

from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago import SYSTEM
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.jobs import UNNAMED, file_url, result
from batchline.systems.verdicts import Invalid, JobEnded


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
        ([], []),
        (None, []),
        ("", []),
        (0, []),
        (["A@b.pl"], [(("a@b.pl",), UNNAMED)]),
        ("a@b.pl", [(("a@b.pl",), UNNAMED)]),
        ([{"email": "a@b.pl", "message": "bad"}], [(("a@b.pl",), "bad")]),
        ({"email": "a@b.pl", "message": ["bad", "worse"]}, [(("a@b.pl",), "bad; worse")]),
        ({"a@b.pl": "bad", "c@d.pl": None}, [(("a@b.pl",), "bad"), (("c@d.pl",), UNNAMED)]),
        ({"a@b.pl": {"message": ["bad"]}}, [(("a@b.pl",), "bad")]),
        ([{"email": "a@b.pl", "contactId": "ID"}], [(("a@b.pl", "id"), UNNAMED)]),
        # As the contact was sent in upsertDetails (000:320-333).
        ([{"contact": {"email": "A@b.pl"}}], [(("a@b.pl",), UNNAMED)]),
        ([{"contact": {"contactId": "ID"}, "message": "bad"}], [(("id",), "bad")]),
        ([{"contact": {"email": "a@b.pl", "reason": "bad"}}], [(("a@b.pl",), "bad")]),
        ([{"contact": "a@b.pl", "reason": "bad"}], [(("a@b.pl",), "bad")]),
        # A relation (000:334-337) and the next address (000:378) are other contacts.
        (
            [
                {
                    "contact": {"email": "a@b.pl"},
                    "relation": {"email": "x@b.pl"},
                    "newEmail": "n@b.pl",
                }
            ],
            [(("a@b.pl",), UNNAMED)],
        ),
        ([{"message": "bad"}], [((), "bad")]),
        ([{"contact": {"phone": "1"}}], [((), UNNAMED)]),
        ([{}], [((), UNNAMED)]),
        ({}, []),
        ([None, ""], [((), UNNAMED), ((), UNNAMED)]),
        (3, [((), UNNAMED)]),
    ],
)
def test_invalid_contacts_are_read_in_whatever_form_they_come(invalid, read):
    ended = result(answer({"success": True, "contactIds": {}, "invalidContacts": invalid}))
    assert [(entry.names, entry.reason) for entry in ended.invalid] == read
    assert (ended.failed, ended.unconfirmed) == (None, None)


#: 000:493-496 names success, contactIds, message and invalidContacts; success is "successful/not
#: successful".
@pytest.mark.parametrize("message", [["Import failed"], "Import failed"])
@pytest.mark.parametrize(
    "others", [{}, {"invalidContacts": []}, {"contactIds": {}, "invalidContacts": None}]
)
def test_a_result_that_was_not_successful_and_names_nobody_fails_the_whole_job(message, others):
    ended = result(answer({"success": False, "message": message, **others}))
    assert ended == JobEnded(failed="success: false; Import failed")


@pytest.mark.parametrize(
    "others", [{"invalidContacts": ["a@b.pl"]}, {"contactIds": {"c@b.pl": "7"}}]
)
def test_a_result_that_was_not_successful_confirms_nobody_even_if_it_names_some(others):
    ended = result(answer({"success": False, "message": [], **others}))
    assert (ended.failed, ended.unconfirmed) == (None, "success: false")


def test_a_result_without_a_clear_success_is_no_result():
    for success in ("true", 1, None):
        assert result(answer({"success": success, "contactIds": {}})) is None


def test_a_result_that_says_nothing_of_success_is_one_by_its_other_fields():
    read = result(answer({"contactIds": {}, "invalidContacts": ["a@b.pl"]}))
    assert read == JobEnded((Invalid(("a@b.pl",), UNNAMED),))


def test_a_job_is_asked_about_for_the_owner_for_whom_it_was_made():
    """job/status: "owner: Contacts' owner" (000:425-426, 000:4468)."""
    account = SalesmanagoAccount.model_validate(
        {
            "system": "salesmanago",
            "url": "https://app2.vendor.pl",
            "client_id": "c",
            "api_key": "k",
            "api_secret": "s",
            "owner": "admin@vendor.pl",
        }
    )
    for options, owner in (('{"owner":"shop@vendor.pl"}', "shop@vendor.pl"), ("", account.owner)):
        call = SYSTEM.adapter.job_status("37", account, 1.0, options)
        body = json.loads(call.body)
        assert (body["owner"], body["requestId"]) == (owner, 37)


@pytest.mark.parametrize("body", [b"", b"<Error/>", {}, [], {"success": True}])
def test_what_is_no_result_is_not_taken_for_one(body):
    assert result(answer(body)) is None


def test_a_file_that_is_gone_is_no_result():
    assert result(answer({"invalidContacts": []}, status=404)) is None
