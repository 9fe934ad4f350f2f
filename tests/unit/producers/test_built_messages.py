"""Building apart from sending: what a helper's `build` returns, and when it is validated."""

from __future__ import annotations

import asyncio
import inspect
import sqlite3
import warnings

import pytest
from pydantic import ValidationError

from batchline import AsyncProducer, Event, Producer, RedisUnavailable, salesmanago
from batchline.systems.salesmanago.messages import UnknownEventType, event_types
from tests.fake_api import ACCOUNT, configure

ANN = "ann@shop.example"
CALLS = {
    "upsert_contact": ((ANN,), {"address": {"city": "Lviv"}, "lang": "UK", "tags": ["VIP"]}),
    "delete_contact": ((ANN,), {"owner": "o@shop.example"}),
    "set_contact_owner": ((ANN, "new@shop.example"), {}),
    "add_note": ((ANN, "Called."), {"priv": True}),
    "redeem_coupon": ((ANN, "SB-1"), {}),
    "add_coupon": ((ANN, "winter"), {"length": 7}),
    "modify_points": (("Stars", -3), {"contact_id": "1a2b", "comment": "returned"}),
    "add_external_event": ((ANN, "CART"), {"date": 10**12, "value": 2, "single": True}),
    "update_external_event": ((ANN, "CART"), {"date": 10**12, "external_id": "o-1"}),
    "delete_external_event": ((), {"contact_id": "1a2b", "event_id": "e-1"}),
    "send_push": (("a1b2", "app"), {"user_id": "7", "properties": {"size": "M"}}),
    "send_email": (("1a2b", ANN), {"properties": {"size": "M"}, "user": "u@shop.example"}),
    "send_message": (("Spring",), {"contact_id": "1a2b", "text_content": "Hi"}),
}


class Recorder:
    """A producer that keeps what it is given."""

    def __init__(self):
        self.sent = []

    def send(self, message, **options):
        self.sent.append((message, options))
        return "id-1"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    top = 'redis_url = "redis://127.0.0.1:1/0"\nenqueue_timeout = 0.1\n'
    routes = '[routes]\nevent = ["default"]\n'
    return configure(tmp_path, monkeypatch, top + ACCOUNT + routes)


@pytest.mark.parametrize("name", CALLS)
def test_a_build_returns_the_message_that_the_helper_sends(name):
    helper, recorder = getattr(salesmanago, name), Recorder()
    positional, keywords = CALLS[name]
    built = helper.build(*positional, **keywords)
    assert helper(*positional, **keywords, producer=recorder, delay=5) == "id-1"
    assert recorder.sent == [(built, {"delay": 5})]


def test_every_helper_can_build():
    built = {name for name in salesmanago.__all__ if hasattr(getattr(salesmanago, name), "build")}
    assert built == {*CALLS}


def test_a_refused_value_rolls_the_transaction_back_and_nothing_is_sent():
    database, recorder = sqlite3.connect(":memory:"), Recorder()
    database.execute("CREATE TABLE orders (number)")

    def pay(number, value):
        with database:
            database.execute("INSERT INTO orders VALUES (?)", (number,))
            purchase = salesmanago.add_external_event.build(ANN, "PURCHASE", value=value)
        recorder.send(purchase)

    with pytest.raises(ValidationError, match="value"):
        pay("17", "a lot")
    pay("18", 9.9)
    assert database.execute("SELECT number FROM orders").fetchall() == [("18",)]
    assert [message.contact_event.value for message, _ in recorder.sent] == [9.9]
    database.close()


@pytest.mark.parametrize("name", [*CALLS, "upsert_contact_and_wait"])
def test_the_signature_has_every_keyword_and_hides_none(name):
    helper = getattr(salesmanago, name)
    for function in filter(None, [helper, getattr(helper, "build", None)]):
        kinds = {one.kind for one in inspect.signature(function).parameters.values()}
        assert inspect.Parameter.VAR_KEYWORD not in kinds
        assert inspect.signature(function).return_annotation


def test_the_signature_of_an_upsert_names_its_fields_with_their_types():
    parameters = inspect.signature(salesmanago.upsert_contact).parameters
    assert parameters["tags"].annotation == "list[str] | tuple[str, ...] | None"
    assert parameters["new_email"].default is None
    assert parameters["account"].default == "default"
    assert parameters["anew"].default is False


def test_a_misspelt_keyword_names_the_call_that_waits_and_the_keyword_that_was_meant():
    told = r"^upsert_contact_and_wait\(\) takes no compny; did you mean company\?"
    with pytest.raises(TypeError, match=told):
        salesmanago.upsert_contact_and_wait(ANN, compny="Ann & Co")


def test_a_missing_argument_names_the_build():
    with pytest.raises(TypeError, match=r"^redeem_coupon\.build\(\) missing .* 'coupon'$"):
        salesmanago.redeem_coupon.build(ANN)


def _sent(settings):
    with pytest.raises(RedisUnavailable):
        Producer(settings).send(Event(type="WISHED", email=ANN))


def _sent_many(settings):
    with pytest.raises(RedisUnavailable):
        Producer(settings).send_many([Event(type="WISHED", email=ANN)])


def _sent_async(settings):
    async def send():
        with pytest.raises(RedisUnavailable):
            await AsyncProducer(settings).send(Event(type="WISHED", email=ANN))

    asyncio.run(send())


def _built(settings):
    with pytest.raises(RedisUnavailable):
        Producer(settings).send(salesmanago.add_external_event.build(ANN, "WISHED"))


def _called(settings):
    with pytest.raises(RedisUnavailable):
        salesmanago.add_external_event(ANN, "WISHED", producer=Producer(settings))


@pytest.mark.parametrize("way", [_sent, _sent_many, _sent_async, _built, _called])
def test_an_unknown_event_type_warns_at_the_line_of_the_application(settings, way, monkeypatch):
    monkeypatch.setattr(event_types, "_WARNED", set())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        way(settings)
    (one,) = [warning for warning in caught if warning.category is UnknownEventType]
    assert one.filename == __file__
    source, first = inspect.getsourcelines(way)
    assert "WISHED" in source[one.lineno - first]
