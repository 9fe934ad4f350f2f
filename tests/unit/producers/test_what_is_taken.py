"""What a producer and the helpers do not take is refused in words, before anything connects."""

from __future__ import annotations

import asyncio

import pytest

import batchline
from batchline.producers import AsyncProducer, Contact, Outgoing, Producer, salesmanago
from tests.builders import contact
from tests.fake_api import ACCOUNT, configure


@pytest.fixture
def settings(tmp_path, monkeypatch):
    top = 'redis_url = "redis://127.0.0.1:1/0"\nenqueue_timeout = 0.1\n'
    return configure(tmp_path, monkeypatch, top + ACCOUNT)


@pytest.fixture(params=["sync", "async"])
def call(request, settings):
    """Calls a method of either producer."""

    def call(method, *arguments, **options):
        if request.param == "sync":
            return getattr(Producer(settings), method)(*arguments, **options)
        return asyncio.run(getattr(AsyncProducer(settings), method)(*arguments, **options))

    return call


UPSERT, NEUTRAL = contact("a@shop.example"), Contact(email="a@shop.example")
OUTGOING = Outgoing(UPSERT)
ONE = "messages must be several, such as a list; for one there is send"


@pytest.mark.parametrize(
    ("method", "what", "told"),
    [
        ("send_all", [UPSERT], r"takes Outgoing\(message.* element 0 is ContactUpsert.*send_many"),
        ("send_all", [OUTGOING, "x"], "element 1 is str"),
        ("send_all", [OUTGOING, Outgoing({})], "element 1: dict is no message"),
        ("send_all", OUTGOING, "outgoing must be several"),
        ("send_all", UPSERT, "outgoing must be several"),
        ("send_all", 5, "outgoing must be several"),
        ("send_many", UPSERT, ONE),
        ("send_many", NEUTRAL, ONE),
        ("send_many", OUTGOING, ONE),
        ("send_many", {"email": "a@shop.example"}, ONE),
        ("send_many", "a@shop.example", ONE),
        ("send_many", None, ONE),
        ("send_many", [OUTGOING], "Outgoing is no message: .*; for Outgoing there is send_all"),
        ("send_many", [[UPSERT]], "list is no message"),
        ("send", [UPSERT], "list is no message"),
        ("send", OUTGOING, "Outgoing is no message"),
    ],
)
def test_what_a_producer_does_not_take_is_named_with_what_it_takes(call, method, what, told):
    with pytest.raises(TypeError, match=told):
        call(method, what)


def test_a_contact_of_no_system_goes_to_no_account_that_nobody_named(call):
    with pytest.raises(batchline.NoRoute, match="no accounts for this contact"):
        call("send_all", [OUTGOING, Outgoing(NEUTRAL)])


@pytest.mark.parametrize("options", [{"account": "default"}, {"accounts": ["default"]}])
def test_a_named_account_makes_no_message_of_what_is_none(call, options):
    with pytest.raises(TypeError, match="dict is no message"):
        call("send", {"email": "a@shop.example"}, **options)


def test_what_comes_one_after_the_other_is_several(call):
    with pytest.raises(batchline.RedisUnavailable):
        call("send_many", (one for one in [UPSERT, UPSERT]))
    with pytest.raises(batchline.RedisUnavailable):
        call("send_all", (one for one in [OUTGOING]))


#: Every helper, with a misspelt option and the one that is meant.
MISSPELT = {
    "upsert_contact": ("nmae", "name"),
    "add_external_event": ("detial3", "detail3"),
    "update_external_event": ("locaton", "location"),
    "delete_external_event": ("external_ip", "external_id"),
    "delete_contact": ("acount", "account"),
    "set_contact_owner": ("idempotency_kye", "idempotency_key"),
    "send_push": ("propertys", "properties"),
    "redeem_coupon": ("delai", "delay"),
    "add_coupon": ("lenght", "length"),
    "send_email": ("contactid", "contact_id"),
    "send_message": ("text_contents", "text_content"),
    "add_note": ("prvi", "priv"),
    "modify_points": ("coment", "comment"),
}


@pytest.mark.parametrize("name", MISSPELT)
def test_an_option_that_a_helper_does_not_take_is_refused_by_the_helpers_name(name):
    wrong, right = MISSPELT[name]
    told = rf"^{name}\(\) takes no {wrong}; did you mean {right}\? \(it takes .*\baccount\b"
    with pytest.raises(TypeError, match=told):
        getattr(salesmanago, name)(**{wrong: "x"})


@pytest.mark.parametrize("name", MISSPELT)
def test_an_option_that_a_build_does_not_take_is_refused_by_its_name(name):
    wrong, _ = MISSPELT[name]
    with pytest.raises(TypeError, match=rf"^{name}\.build\(\) takes no {wrong}"):
        getattr(salesmanago, name).build(**{wrong: "x"})


def test_every_helper_is_among_them():
    assert set(salesmanago.__all__) == {*MISSPELT}
