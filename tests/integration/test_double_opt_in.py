"""A sign-up under double opt-in makes the API send an e-mail: by default none is sent twice."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import ContactUpsert
from batchline.worker.dead_letters import store as dead_letters
from tests.fake_api import ACCOUNT, OF_FIVE, UPSERT_ENDS, FakeApi, configure, context_of, work
from tests.properties import examples

UPSERTS = Lane("default", "contact.upsert")
DOUBLE = 'owner = "o@vendor.pl"\nuse_api_double_opt_in = true'


class Mailing(FakeApi):
    """Counts the upserts of each contact, and the e-mails that ask it to confirm."""

    def __init__(self, plan):
        super().__init__(plan)
        self.upserts = Counter()
        self.mails = Counter()

    def work(self, url, body):
        for item in body.get("upsertDetails", [body]):
            who = item["contact"]["email"]
            is_new = not self.upserts[who]
            self.upserts[who] += 1
            if body["useApiDoubleOptIn"] and (is_new or item.get("forceOptIn")):
                self.mails[who] += 1
        return {"success": True, "message": [], "requestId": 1}


def upsert(number, opts_in, double=None):
    return ContactUpsert.model_validate(
        {
            "contact": {"email": f"guest{number}@shop.example"},
            "forceOptIn": opts_in or None,
            "useApiDoubleOptIn": double,
        }
    )


@pytest.fixture
def delivered(store, redis_url, tmp_path, monkeypatch):
    """Delivers upserts to an API with this plan; the API, and the contacts of the dead letters."""

    def deliver(messages, plan, policy="", account=ACCOUNT):
        text = f'redis_url = "{redis_url}"\n{account}{OF_FIVE}{policy}'
        loaded = configure(tmp_path, monkeypatch, text)
        store.client.flushall()
        api = Mailing(plan)
        with Producer(loaded) as producer:
            producer.send_many(messages)
        work(context_of(store, loaded, api), UPSERTS)
        letters = list(dead_letters.find(store))
        assert {letter.reason for letter in letters} <= {"ambiguous"}
        return api, {letter.contact for letter in letters}

    return deliver


def test_no_confirmation_is_asked_for_twice_and_every_other_upsert_arrives(delivered):
    account = ACCOUNT.replace('owner = "o@vendor.pl"', DOUBLE)

    @settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.booleans(), min_size=1, max_size=12), st.lists(st.sampled_from(UPSERT_ENDS)))
    def at_most_once(sign_ups, plan):
        messages = [upsert(number, opts_in) for number, opts_in in enumerate(sign_ups)]
        api, dead = delivered(messages, plan, account=account)
        for message, opts_in in zip(messages, sign_ups, strict=True):
            who = message.contact_key()
            if opts_in:
                assert api.mails[who] <= 1
                assert api.mails[who] == 1 or who in dead
            else:
                assert api.upserts[who] >= 1
                assert who not in dead

    at_most_once()


def test_the_policy_resend_sends_a_sign_up_again_and_so_asks_twice(delivered):
    sign_up = upsert(1, opts_in=True, double=True)
    api, dead = delivered([sign_up], ["lost after"], policy='ambiguous = "resend"')
    assert (api.mails[sign_up.contact_key()], dead) == (2, set())


def test_a_message_may_ask_for_double_opt_in_where_the_account_does_not(delivered):
    messages = [upsert(1, opts_in=True, double=True), upsert(2, opts_in=True)]
    api, dead = delivered(messages, ["lost after"])
    assert dead == {"guest1@shop.example"}
    assert api.upserts["guest2@shop.example"] == 1


@pytest.mark.parametrize(
    "asks",
    [{"useApiDoubleOptIn": True}, {"doubleOptInLanguage": "ES"}, {"doubleOptInEmailId": "7"}],
)
@pytest.mark.parametrize("end", ["lost after", "lost before", "killed after", "500"])
def test_a_message_that_asks_for_double_opt_in_itself_is_a_sign_up_without_more(
    delivered, asks, end
):
    """A new contact is opted in by default (000:236), which double opt-in asks it to confirm."""
    sign_up = ContactUpsert.model_validate({"contact": {"email": "guest1@shop.example"}, **asks})
    other = upsert(2, opts_in=False)
    api, dead = delivered([sign_up, other], [end])
    assert api.mails["guest1@shop.example"] <= 1
    assert api.upserts["guest2@shop.example"] >= 1
    assert dead <= {"guest1@shop.example"}
    assert dead or api.mails["guest1@shop.example"]


def test_an_opt_in_without_double_opt_in_is_sent_again(delivered):
    api, dead = delivered([upsert(1, opts_in=True)], ["killed after"])
    assert (api.upserts["guest1@shop.example"], dead) == (2, set())
