"""`upsert_contact_and_wait`: the contactId at once, or an error that says what is known."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from batchline.direct import upsert_contact_and_wait
from batchline.producers import (
    AccountRefused,
    CallRefused,
    CallUnanswered,
    DirectCallFailed,
    MessagesAhead,
    RedisUnavailable,
    UnknownAccount,
    WrongSystem,
)
from batchline.producers.lanes import Lane
from batchline.worker.dead_letters import store as dead_letters
from tests.builders import contact

EMAIL = "ann@shop.example"
UPSERTS = Lane("default", "contact.upsert")
UPSERT = {"path": "/api/contact/upsert"}


@pytest.fixture
def upsert(stack):
    """The call with the settings in force, which the stack has written."""
    return lambda email=EMAIL, **fields: upsert_contact_and_wait(email, **fields)


def test_the_contact_is_there_with_the_id_that_came_back_and_nothing_is_enqueued(stack, upsert):
    stack.sandbox.control.settings(create_delay=3600)
    contact_id = upsert(name="Ann", tags=["VIP"])
    contact = stack.sandbox.control.contact(EMAIL)
    assert (contact["id"], contact["name"], contact["tags"]) == (contact_id, "Ann", ["VIP"])
    assert stack.client.keys("*lane:*") == []


def test_the_same_contact_has_the_same_id_again(upsert):
    assert upsert(name="Ann") == upsert(phone="+1")


def test_a_refusal_is_raised_in_the_apis_own_words(upsert):
    with pytest.raises(CallRefused, match="the address is invalid"):
        upsert("ann@invalid.example")


def test_an_owner_that_the_message_names_is_its_own_fault(upsert):
    with pytest.raises(CallRefused, match="invalid owner"):
        upsert(owner="nobody@vendor.pl")


def test_wrong_credentials_are_about_the_account_and_the_secret_is_in_no_error(stack):
    secret = stack.sandbox.client.api_secret
    stack.configure((f'api_secret = "{secret}"', 'api_secret = "SECRET-wrong"'))
    with pytest.raises(AccountRefused) as refused:
        upsert_contact_and_wait(EMAIL)
    assert "not authenticated" in str(refused.value)
    assert refused.value.__cause__ is None
    assert "SECRET" not in repr(refused.value) + str(refused.value)


@pytest.mark.parametrize(
    ("fault", "ambiguous", "detail"),
    [
        ({"kind": "hang"}, True, "no answer within timeout.read"),
        ({"kind": "status", "status": 503}, False, "HTTP 503"),
        ({"kind": "status", "status": 500}, True, "HTTP 500"),
        ({"kind": "reset"}, True, "the connection was reset"),
    ],
)
def test_without_an_answer_it_is_said_whether_it_may_have_been_done(
    stack, upsert, fault, ambiguous, detail
):
    stack.configure(("read = 6", "read = 1"))
    stack.sandbox.control.fault(match=UPSERT, **fault)
    with pytest.raises(CallUnanswered, match=detail) as failed:
        upsert()
    assert failed.value.ambiguous is ambiguous
    assert "SECRET" not in str(failed.value)
    assert stack.sandbox.client.api_secret not in str(failed.value)


def test_nobody_listening_is_certainly_nothing_done(stack):
    stack.configure((stack.sandbox.url, "http://127.0.0.1:9"))
    with pytest.raises(CallUnanswered, match="nothing was done"):
        upsert_contact_and_wait(EMAIL)


@pytest.mark.parametrize(
    "given",
    [
        {"idempotency_key": "k"},
        {"delay": 5},
        {"at": 1_795_248_000_000},
        {"async_": True},
    ],
)
def test_what_only_an_enqueued_upsert_has_is_refused_by_name(stack, upsert, given):
    with pytest.raises(ValueError, match=next(iter(given))):
        upsert(**given)
    assert stack.sandbox.control.requests() == []


def test_what_no_upsert_has_is_refused_by_the_calls_own_name(stack, upsert):
    with pytest.raises(TypeError, match=r"^upsert_contact_and_wait\(\) takes no no_such \("):
        upsert(no_such=1)
    assert stack.sandbox.control.requests() == []


def test_limits_and_accounts_are_checked_before_anything_is_sent(stack, upsert):
    with pytest.raises(ValidationError, match="255"):
        upsert(name="x" * 256)
    with pytest.raises(ValidationError, match="async and fireEvents"):
        upsert(fire_events=False)
    with pytest.raises(UnknownAccount):
        upsert(account="other")
    assert stack.sandbox.control.requests() == []


def test_an_account_of_another_system_is_named(stack):
    stack.config.write_text(
        stack.config.read_text()
        + '\n[accounts.other]\nsystem = "esputnik"\napi_key = "SECRET-key"\n'
    )
    with pytest.raises(WrongSystem, match="esputnik"):
        upsert_contact_and_wait(EMAIL, account="other")


def test_every_failure_can_be_caught_as_one():
    for failure in (CallRefused, CallUnanswered, AccountRefused):
        assert issubclass(failure, DirectCallFailed)


def test_without_the_workers_packages_the_error_says_what_to_install(stack):
    code = (
        "import sys; sys.modules['requests'] = None\n"
        "from batchline.direct import upsert_contact_and_wait\n"
        "from batchline.producers import NotInstalled\n"
        "try: upsert_contact_and_wait('ann@shop.example')\n"
        "except NotInstalled as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert b"requests is not installed: pip install 'batchline[worker]'" in done.stdout


def test_a_call_is_refused_while_older_messages_of_its_contact_wait(stack, upsert):
    with stack.producer() as producer:
        producer.send_many([contact(email) for email in ("bob@shop.example", EMAIL, EMAIL.upper())])
    with pytest.raises(MessagesAhead, match=r"2 older messages .* even_if_behind") as refused:
        upsert(wait=0.1)
    assert refused.value.waiting == 2
    assert stack.sandbox.control.requests() == []
    assert upsert("cid@shop.example", wait=0)


def test_a_call_waits_until_a_worker_has_delivered_the_older_messages(stack, upsert):
    with stack.producer() as producer:
        producer.send(contact(EMAIL, properties={"step": "enqueued"}))
    stack.worker()
    upsert(properties={"step": "at once"}, wait=60)
    order = [one["path"] for one in stack.sandbox.control.requests() if "upsert" in one["path"]]
    assert order == ["/api/contact/batchupsertv2", UPSERT["path"]]


def test_a_call_goes_ahead_of_older_messages_if_asked(stack, upsert):
    with stack.producer() as producer:
        producer.send(contact(EMAIL))
    assert upsert(even_if_behind=True)
    assert len(stack.entries(UPSERTS)) == 1


def test_a_call_waits_for_a_message_that_will_have_its_next_address(stack, upsert):
    with stack.producer() as producer:
        producer.send(contact("next@shop.example"))
    with pytest.raises(MessagesAhead, match="1 older message "):
        upsert("other@shop.example", new_email="next@shop.example", wait=0)


def test_a_call_waits_for_an_older_message_that_is_set_aside(stack, upsert):
    """The API fails on it alone: a worker parks it, and brings it back."""
    stack.configure(("verify_after = 0.2", "suspects = {every = 4, until = 60}"))
    fails = {"path": "/api/contact/batchupsertv2", "contains": EMAIL}
    stack.sandbox.control.fault("status", fails, status=500)
    with stack.producer() as producer:
        producer.send_many([contact(EMAIL), *(contact(f"c{n}@shop.example") for n in range(5))])
    stack.worker()
    stack.until(lambda now: (now.totals["parked"], now.totals["delivered"]) == (1, 5))
    with pytest.raises(MessagesAhead, match="1 older message "):
        upsert(wait=0)
    stack.sandbox.control.clear_faults()
    upsert(wait=60)
    paths = [one["path"] for one in stack.sandbox.control.requests() if "upsert" in one["path"]]
    assert paths[-2:] == ["/api/contact/batchupsertv2", UPSERT["path"]]


@pytest.mark.parametrize("again", [True, False])
def test_an_older_opt_in_that_is_replayed_after_a_call_is_superseded(stack, again):
    stack.configure(("jobs = {poll", "use_api_double_opt_in = false\njobs = {poll"))
    stack.worker()
    stack.sandbox.control.fault("reject", {"path": "/api/contact/batchupsertv2"}, times=1)
    with stack.producer() as producer:
        old = producer.send(contact(EMAIL, forceOptIn=True))
        stack.until(lambda now: now.totals["dead"] == 1)
        fields = {"force_opt_out": True, "wait": 60}
        if again:
            upsert_contact_and_wait(EMAIL, **fields)
        else:
            upsert_contact_and_wait("bob@shop.example", **fields)
        assert stack.run("dead", "replay", old).returncode == 0
    stack.until(lambda now: now.totals["backlog"] == 0)
    reasons = [letter.reason for letter in dead_letters.find(stack.store)]
    assert reasons == (["superseded"] if again else [])


def test_a_call_leaves_nothing_in_the_lane(stack, upsert):
    upsert()
    assert stack.entries(UPSERTS) == []
    assert not stack.client.exists(stack.keys.stream(UPSERTS))


@pytest.mark.parametrize("wait", [-1, float("nan"), "5", True])
def test_a_wait_that_is_no_number_of_seconds_is_refused(upsert, wait):
    with pytest.raises(ValueError, match="wait must be a number of seconds"):
        upsert(wait=wait)


def test_without_redis_nothing_is_done(stack):
    (redis_url,) = [line for line in stack.config.read_text().splitlines() if "redis_url" in line]
    stack.configure((redis_url, 'redis_url = "redis://127.0.0.1:9/0"'))
    with pytest.raises(RedisUnavailable, match="nothing was done"):
        upsert_contact_and_wait(EMAIL)
    assert stack.sandbox.control.requests() == []
