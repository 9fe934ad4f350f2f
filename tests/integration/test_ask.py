"""`batchline.ask`: direct questions, with the account's limits, timeouts and errors."""

from __future__ import annotations

import subprocess
import sys

import pytest
import requests
from pydantic import ValidationError

from batchline import ask
from batchline.producers import (
    AccountRefused,
    CallRefused,
    DirectCallFailed,
    InvalidSettings,
    LimitReached,
    QuestionUnanswered,
    RedisUnavailable,
    UnknownAccount,
    WrongSystem,
)
from tests.builders import ANN
from tests.vendor_calls import NOW, at_esputnik, at_salesmanago, at_smartsender, create
from tests.waiting import PATIENCE

NOBODY = "nobody@shop.example"
UUID = "7b0c4a0e-0000-4000-8000-000000000009"


@pytest.fixture
def shop(stack):
    """A sandbox with one contact, which has an event and coupons."""
    create(stack.sandbox, ANN)
    bought = {"date": NOW, "contactExtEventType": "PURCHASE", "externalId": "order-1"}
    events = [{"email": ANN, "contactEvent": bought}]
    at_salesmanago(stack.sandbox, "contact/batchAddContactExtEvent", events=events)
    control = stack.sandbox.control
    control.assign_coupons(ANN, codes=["CODE-1"], name="winter")
    control.assign_coupons(ANN, codes=["CODE-0"], name="winter", valid_to=1)
    return stack


def test_a_contact_is_there_or_not_and_the_answer_is_kept(shop):
    found, missing = ask.salesmanago.has_contact(ANN), ask.salesmanago.has_contact(NOBODY)
    assert (found.exists, missing.exists) == (True, False)
    assert found.contact_id == shop.sandbox.control.contact(ANN)["id"] == found.raw["contactId"]
    assert missing.contact_id is None


def test_contacts_are_shown_with_their_events_and_coupons_by_address_and_by_id(shop):
    by_email = ask.salesmanago.contacts_by_email([ANN.upper(), NOBODY])
    (shown,) = by_email.contacts
    assert [one.external_id for one in shown.events] == ["order-1"]
    assert {one.code: one.used for one in shown.coupons} == {"CODE-1": False, "CODE-0": False}
    # Who is not shown may be somebody that the owner must not see.
    assert (by_email.exists(ANN), by_email.exists(NOBODY)) == (True, None)
    by_id = ask.salesmanago.contacts_by_id([shown.id])
    assert by_id.find(shown.id).email == ANN


def test_a_coupon_is_valid_or_not_with_the_apis_reason(shop):
    valid = ask.salesmanago.verify_coupon("winter", "CODE-1", email=ANN)
    expired = ask.salesmanago.verify_coupon("winter", "CODE-0")
    assert (valid.valid, valid.reason, valid.sent) == (True, None, False)
    assert (expired.valid, expired.reason) == (False, "expired")  # 000:2779


def test_a_job_has_ended_when_its_file_is_there_and_the_address_is_in_no_repr(stack):
    stack.sandbox.control.settings(create_delay=3600)
    item = {"contact": {"email": ANN}}
    waiting = at_salesmanago(stack.sandbox, "contact/batchupsertv2", upsertDetails=[item])[
        "requestId"
    ]
    found = ask.salesmanago.job_status(waiting)
    assert (found.ended, found.messages, found.file_url) == (False, ("Job not start yet",), None)
    stack.sandbox.control.settings(create_delay=0)
    ended = ask.salesmanago.job_status(waiting)
    assert ended.ended is True
    assert requests.get(ended.file_url, timeout=PATIENCE).json()["success"] is True
    assert "files" not in repr(ended)
    with pytest.raises(CallRefused, match=r"account 'default', job/status: .*unknown"):
        ask.salesmanago.job_status(999)


def test_pushes_and_users_are_listed_and_one_of_them_is_there_or_not(stack):
    pushes, users = ask.salesmanago.pushes("my_app"), ask.salesmanago.users()
    assert (pushes.exists(pushes.notifications[0].id), pushes.exists(UUID)) == (True, False)
    owner = min(stack.sandbox.client.owners)
    assert (users.exists(owner), users.exists(NOBODY)) == (True, False)


def test_a_question_changes_nothing_at_the_api_and_nothing_in_redis(stack):
    before = stack.sandbox.control.memory()
    ask.salesmanago.has_contact(ANN)
    ask.salesmanago.verify_coupon("winter", "SB-1")
    assert stack.sandbox.control.memory() == before
    assert stack.sandbox.control.contact(ANN) is None
    assert stack.client.keys("*") == []


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ({"kind": "hang"}, "no answer within timeout.read"),
        ({"kind": "status", "status": 503}, "HTTP 503"),
        ({"kind": "reset"}, "the connection was reset"),
        ({"kind": "html", "status": 200}, "HTTP 200, but the body"),
    ],
)
def test_without_an_answer_the_error_names_account_question_and_what_to_do(stack, fault, detail):
    stack.configure(("read = 6", "read = 0.5"))
    stack.sandbox.control.fault(match={"path": "/api/contact/hasContact"}, **fault)
    with pytest.raises(QuestionUnanswered) as failed:
        ask.salesmanago.has_contact(ANN)
    told = str(failed.value)
    assert told.startswith(f"account 'default', contact/hasContact: {detail}")
    assert "ask again" in told
    assert ANN not in told
    assert stack.sandbox.client.api_secret not in told
    assert isinstance(failed.value, DirectCallFailed)


def test_wrong_credentials_are_about_the_account(stack):
    stack.configure((f'"{stack.sandbox.client.api_secret}"', '"SECRET-wrong"'))
    with pytest.raises(
        AccountRefused, match=r"account 'default', user/listByClient: .*credentials"
    ):
        ask.salesmanago.users()


def test_a_secret_that_is_not_here_is_named_before_anything_is_asked(stack):
    secret = f'api_secret = "{stack.sandbox.client.api_secret}"'
    stack.configure((secret, 'api_secret_file = "no-such-file"'))
    with pytest.raises(InvalidSettings, match=r"accounts\.default\.api_secret_file"):
        ask.salesmanago.users()
    assert stack.sandbox.control.requests() == []


def test_an_owner_that_the_question_names_is_its_own_fault(stack):
    with pytest.raises(
        CallRefused, match=r"account 'default', contact/hasContact: .*invalid owner"
    ):
        ask.salesmanago.has_contact(ANN, owner="nobody@vendor.pl")


def test_a_value_that_no_document_allows_is_refused_before_anything_is_asked(stack):
    for bad in (
        lambda: ask.salesmanago.has_contact("ann"),
        lambda: ask.salesmanago.contacts_by_email([f"c{n}@shop.example" for n in range(51)]),
        lambda: ask.salesmanago.contacts_by_id([]),
        lambda: ask.salesmanago.verify_coupon("x" * 65, "SB-1"),
        lambda: ask.esputnik.contact(0),
        lambda: ask.smartsender.contact("a/b"),
    ):
        with pytest.raises(ValidationError):
            bad()
    assert stack.sandbox.control.requests() == []


def test_the_account_has_to_be_there_and_of_the_system(stack):
    with pytest.raises(UnknownAccount):
        ask.salesmanago.users(account="other")
    with pytest.raises(WrongSystem, match="GET /v1/account/info is an operation of esputnik"):
        ask.esputnik.account_info()


def test_questions_share_the_accounts_rate_limit_and_one_without_room_is_not_asked(stack):
    stack.configure(("verify_after", "limits = {per_minute = 2}\nverify_after"))
    ask.salesmanago.users()
    ask.salesmanago.users()
    with pytest.raises(LimitReached, match=r"account 'default', user/listByClient: .*room") as full:
        ask.salesmanago.users(wait=0.1)
    assert 1 < full.value.seconds <= 60
    assert len(stack.sandbox.control.requests()) == 2


def test_a_question_waits_for_room_and_then_is_asked(stack):
    stack.configure(("verify_after", "limits = {per_second = 5}\nverify_after"))
    for _ in range(7):
        ask.salesmanago.users(wait=10)
    assert len(stack.sandbox.control.requests()) == 7


def test_an_account_without_limits_is_asked_without_redis_and_one_with_limits_is_not(stack):
    (redis_url,) = [line for line in stack.config.read_text().splitlines() if "redis_url" in line]
    away = (redis_url, 'redis_url = "redis://127.0.0.1:9/0"')
    stack.configure(away)
    assert ask.salesmanago.users().users
    stack.configure(away, ("verify_after", "limits = {per_minute = 9}\nverify_after"))
    with pytest.raises(RedisUnavailable, match=r"account 'default': Redis.*nothing was asked"):
        ask.salesmanago.users()


@pytest.fixture
def esputnik(stack):
    stack.account("esputnik", "timeout = {connect = 1, read = 6}\nlease = 8")
    return stack


def person(email, **fields):
    return {"channels": [{"type": "email", "value": email}], **fields}


def test_esputnik_says_whose_account_it_is(esputnik):
    found = ask.esputnik.account_info()
    assert (found.org_id, "@" in found.user_email) == ("1", True)
    assert found.organisation == found.raw["organisationName"]


def test_a_near_match_of_esputniks_search_is_not_the_contact(esputnik):
    near = at_esputnik(esputnik.sandbox, "v1/contact", person("joann@shop.example"))
    assert ask.esputnik.contacts_by_email(ANN).exists is False
    found = ask.esputnik.contacts_by_email("JoAnn@shop.example")
    assert (found.exists, [one.id for one in found.contacts]) == (True, [str(near["id"])])
    assert ask.esputnik.contact(near["id"]).contacts[0].emails == ("joann@shop.example",)
    assert ask.esputnik.contact(near["id"] + 1).exists is False


def test_esputnik_finds_a_contact_by_number_and_by_your_own_id(esputnik):
    body = {"channels": [{"type": "sms", "value": "380501112233"}], "externalCustomerId": "K-1"}
    at_esputnik(esputnik.sandbox, "v1/contact", body)
    assert ask.esputnik.contacts_by_phone("+380501112233").exists is True
    assert ask.esputnik.contacts_by_phone("380501112234").exists is False
    assert ask.esputnik.contacts_by_external_id("K-1").contacts[0].phones == ("380501112233",)


def test_esputnik_says_what_became_of_a_message(esputnik):
    sent = at_esputnik(
        esputnik.sandbox, "v1/message/7/smartsend", {"recipients": [{"locator": ANN}]}
    )
    request_id = sent["results"]["requestId"]
    found = ask.esputnik.message_status([request_id])
    one = found.find(request_id)
    # The only element of a list arrives by itself, its booleans as texts (002:288-295).
    assert (one.status, one.delivered, one.failed) == ("DELIVERED", True, False)
    assert ask.esputnik.message_status([UUID]).find(UUID) is None


def test_after_a_429_nobody_asks_until_the_lock_is_over(esputnik):
    esputnik.sandbox.control.fault("status", {"path": "/api/v1/account/info"}, status=429)
    with pytest.raises(QuestionUnanswered, match="HTTP 429"):
        ask.esputnik.account_info()
    with pytest.raises(LimitReached, match="room for a question in 30"):
        ask.esputnik.account_info()
    assert len(esputnik.sandbox.control.requests()) == 1


@pytest.fixture
def smartsender(stack):
    stack.account("smartsender", "")
    return stack


def test_a_contact_of_smart_sender_is_there_or_not(smartsender):
    smartsender.sandbox.control.smartsender.put_contact("77", email=ANN, city="Kyiv")
    found, missing = ask.smartsender.contact("77"), ask.smartsender.contact("404")
    assert (found.exists, found.email, found.variables) == (True, ANN, {"city": "Kyiv"})
    assert (missing.exists, missing.raw["error"]["code"]) == (False, 404)


def test_the_tags_of_a_contact_are_read_page_by_page(smartsender):
    for number in range(25):
        at_smartsender(smartsender.sandbox, f"contacts/78/tags/{number}")
    found = ask.smartsender.tags("78")
    assert [one.id for one in found.tags] == [str(number) for number in range(25)]
    assert (found.exists("24"), found.exists("TAG 3"), found.exists("25")) == (True, True, False)


def test_without_the_workers_packages_the_error_says_what_to_install(stack):
    code = (
        "import sys; sys.modules['requests'] = None\n"
        "import batchline\n"
        "try: batchline.ask.salesmanago.users()\n"
        "except batchline.NotInstalled as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert b"batchline.ask calls the API from here: " in done.stdout
    assert b"requests" in done.stdout
    assert b"batchline[worker]" in done.stdout


@pytest.mark.parametrize("wait", [-1, float("nan"), "5", True])
def test_a_wait_that_is_no_number_of_seconds_is_refused(stack, wait):
    with pytest.raises(ValueError, match="wait must be a number of seconds"):
        ask.salesmanago.users(wait=wait)
