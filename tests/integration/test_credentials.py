"""An answer that calls the credentials refused pauses an account only if that is so."""

from __future__ import annotations

import pytest

from batchline.producers.settings import Settings
from batchline.systems.registry import systems
from batchline.systems.salesmanago.messages import ContactUpsert, ExternalEvent
from batchline.systems.verdicts import CredentialsRefused, Judged
from batchline.worker.delivery.http import Http
from batchline.worker.devstack.sandbox import CREDENTIALS

#: System -> what is wrong in its settings.
WRONG = {
    "salesmanago": ("api_secret = ", "api_secret = 'wrong'\n#"),
    "esputnik": (CREDENTIALS["esputnik"]["api_key"], "wrong"),
    "smartsender": (CREDENTIALS["smartsender"]["token"], "wrong"),
}
QUICK = "timeout = {connect = 1, read = 6}\nlease = 8\n"


def asked(settings: Settings):
    """What the API says to the account's question about its credentials."""
    account = settings.account("default")
    system = systems()[account.system].adapter
    question = system.credentials_request(account)
    http = Http(account.timeout, 1)
    try:
        answer = http.send(system.call(question, account, 1_795_248_000.0))
    finally:
        http.close()
    return system.judge(question, answer, account, 1_795_248_000.0)


@pytest.mark.parametrize("system", WRONG)
def test_a_harmless_request_tells_good_credentials_from_wrong_ones(stack, system):
    stack.account(system, QUICK)
    assert asked(stack.settings) == Judged()
    file = stack.config
    file.write_text(file.read_text().replace(*WRONG[system]))
    assert isinstance(asked(stack.settings), CredentialsRefused)


def test_an_owner_who_is_no_user_of_the_account_is_found_by_the_list_of_users(stack):
    stack.configure(('owner = "', 'owner = "nobody-'))
    assert "owner" in asked(stack.settings).detail


def test_one_method_that_calls_good_credentials_refused_pauses_nothing(stack):
    stack.configure(("breaker = {", "suspects = {every = 60, until = 120}\nbreaker = {"))
    stack.sandbox.control.fault("status", {"path": "*ContactExtEvent*"}, status=401)
    stack.worker()
    with stack.producer() as producer:
        producer.send(
            ExternalEvent.model_validate(
                {"email": "a@x.pl", "contactEvent": {"contactExtEventType": "CART"}}
            )
        )
        stack.until(lambda now: any(lane.last_error for lane in now.lanes))
        producer.send(ContactUpsert.model_validate({"contact": {"email": "ann@shop.example"}}))
    stack.until(lambda now: now.totals["delivered"] == 1)
    lane = stack.lane("event.add")
    assert (lane.backlog, lane.paused) == (1, None)
    assert lane.last_error == "HTTP 401; /api/user/listByClient takes the credentials"
