"""v2/contact/updateContactExtEvent: the table's fields, and what contact/list is asked for."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago import SYSTEM
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.messages import EventUpdate
from batchline.systems.verdicts import Dead, Judged
from tests.builders import ANN, run_of

ACCOUNT = SalesmanagoAccount.model_validate(
    {
        "system": "salesmanago",
        "url": "https://app2.vendor.pl",
        "client_id": "c",
        "api_key": "k",
        "api_secret": "s",
        "owner": "admin@vendor.pl",
    }
)
SHOWN = {"eventId": "e-1", "externalId": "o-1", "date": 1433449419000}


def update(**event):
    fields = {"contactExtEventType": "CART", "externalId": "o-1", **event}
    return EventUpdate.model_validate({"email": ANN, "contactEvent": fields})


def sent(message):
    return json.loads(message.payload())["contactEvent"]


def requests_of(message):
    settings = ACCOUNT.operation("event.add")
    waves = SYSTEM.adapter.plan(run_of([message], "event.add"), "event.add", settings, ACCOUNT)
    return [request for wave in waves for request in wave]


def completed(message, *shown):
    """The update with what contact/list shows of its contact's events, or the reason why not."""
    (question,) = requests_of(message)
    assert question.path == "/api/contact/list"
    contacts = [{"email": ANN, "contactExtEvents": list(shown)}]
    body = json.dumps({"success": True, "message": [], "contacts": contacts}).encode()
    outcome = SYSTEM.adapter.judge(question, HttpAnswer(200, {}, body), ACCOUNT, 0.0)
    assert isinstance(outcome, Judged)
    if outcome.again:
        return json.loads(outcome.again[0])["contactEvent"]
    verdict = outcome.exceptions[0]
    assert isinstance(verdict, Dead)
    return verdict.detail


def test_a_date_that_is_left_out_is_never_now():
    assert "date" not in sent(update())
    assert sent(update(date=1433449419000))["date"] == 1433449419000


def test_an_update_with_event_id_and_date_is_sent_without_a_question():
    (request,) = requests_of(update(eventId="e-1", date=1433449419000))
    assert request.path == "/api/v2/contact/updateContactExtEvent"


@pytest.mark.parametrize("named", [{"eventId": "e-1", "externalId": "other"}, {}])
def test_the_events_own_date_is_taken_from_what_contact_list_shows(named):
    """000:2584 makes `date` mandatory; 000:937 shows it."""
    event = completed(update(**named), {**SHOWN, "eventId": "e-0", "externalId": "x"}, SHOWN)
    assert (event["eventId"], event["date"]) == ("e-1", 1433449419000)
    assert event["externalId"] == named.get("externalId", "o-1")


def test_a_date_that_is_given_is_kept():
    assert completed(update(date=1500000000000), SHOWN)["date"] == 1500000000000


@pytest.mark.parametrize("shown", [None, "1433449419000", True, 0])
def test_an_event_that_is_shown_without_a_date_is_not_given_another(shown):
    assert "no date of it: give `date`" in completed(update(), {**SHOWN, "date": shown})


def test_an_event_id_that_contact_list_does_not_show_is_told():
    detail = completed(update(eventId="e-7"), SHOWN)
    assert detail == "contact/list shows no event of the contact with this eventId"


@pytest.mark.parametrize("location", ["shop/ES", "shop.example", "shop-1_a", "1shop", "9", ""])
def test_the_updates_location_has_slashes_hyphens_and_dots(location):
    """000:2587: "possible characters: letters a-z, numbers 1-9, /_-."."""
    assert sent(update(location=location))["location"] == location


@pytest.mark.parametrize("location", ["my shop", "łódź", "a,b", "a\n", "x" * 256])
def test_another_location_is_refused(location):
    with pytest.raises(ValidationError, match=r"contactEvent\.location"):
        update(location=location)
