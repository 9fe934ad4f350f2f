"""One message for several accounts: each copy lives its own life."""

from __future__ import annotations

import asyncio

import pytest

from batchline import salesmanago
from batchline.producers import (
    AsyncProducer,
    CannotMap,
    Contact,
    Event,
    LaneFull,
    NoRoute,
    Outgoing,
    Producer,
    TooManyAtOnce,
    UnknownAccount,
    WrongSystem,
)
from batchline.producers.lanes import Lane
from batchline.worker.devstack.sandbox import sandbox_account

ANN = "ann@shop.example"
ESPUTNIKS_PATHS = {"path": "/api/v[12]/*"}


def purchase(number=17, **changes):
    fields = {"size": 41}
    given = {"type": "PURCHASE", "email": ANN, "value": 19.99, "currency": "EUR", "fields": fields}
    return Event(**{**given, "external_id": f"order-{number}", **changes})


#: A contact with a field that no table names.
UNMAPPED = Outgoing(Contact(email=ANN, fields={"hat": 1}), "es")


def backlog(shop):
    return {lane.lane: lane.backlog for lane in shop.status().lanes if lane.backlog}


def test_one_call_tells_every_system_in_its_own_way(shop):
    with shop.producer() as producer:
        contact = producer.send(Contact(email=ANN, first_name="Ann", tags=["CUSTOMER"]))
        shop.worker()
        shop.until_at_rest()
        event = producer.send(purchase())
    assert [list(ids) for ids in (contact, event)] == [["default", "es"]] * 2
    assert event["default"].startswith("default:event.add:0@")
    assert event["es"].startswith("es:event.add_v2:0@")
    totals = shop.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (4, 0)
    assert shop.sandbox.control.contact(ANN)["tags"]
    shop.until(lambda now: shop.sandbox.control.esputnik.contact(ANN))
    found = [
        row for row in shop.sandbox.control.esputnik.events() if row["eventTypeKey"] == "orderPaid"
    ]
    assert len(found) == 1
    assert "shoe_size" in str(found)


def test_a_system_that_is_down_delays_only_its_own_copy(shop):
    fault = shop.sandbox.control.fault("status", match=ESPUTNIKS_PATHS, status=503)
    shop.worker()
    with shop.producer() as producer:
        producer.send(Contact(email=ANN))
        shop.until(lambda now: now.totals["delivered"] == 1)
        producer.send_many([purchase(number) for number in range(5)])
        shop.until(lambda now: now.totals["delivered"] == 6)
    assert backlog(shop) == {"es:contact.upsert:0": 1, "es:event.add_v2:0": 5}
    shop.sandbox.control.clear_faults(fault)
    assert shop.until_at_rest()["delivered"] == 12


def test_a_repeated_call_with_the_same_key_enqueues_nothing(shop):
    with shop.producer() as producer:
        first = producer.send(purchase(), idempotency_key="order-17")
        again = producer.send(purchase(), idempotency_key="order-17")
    assert first == again
    assert backlog(shop) == {"default:event.add:0": 1, "es:event.add_v2:0": 1}


def test_messages_of_systems_and_of_none_go_together_each_with_its_key_and_account(shop):
    outgoing = [
        Outgoing(salesmanago.upsert_contact.build(ANN), idempotency_key="ann"),
        Outgoing(purchase(1), "es", "order-1"),
        Outgoing(purchase(1), "default", "order-1"),
        Outgoing(purchase(2), "es", "order-2"),
    ]
    with shop.producer() as producer:
        ids = producer.send_all(outgoing)
        assert producer.send_all(outgoing) == ids
        with pytest.raises(CannotMap):
            producer.send_all([outgoing[0]._replace(idempotency_key="new"), UNMAPPED])
    lanes = ["default:contact.upsert:0", "es:event.add_v2:0", "default:event.add:0"]
    assert [message_id.partition("@")[0] for message_id in ids] == [*lanes, "es:event.add_v2:0"]
    assert backlog(shop) == dict(zip(lanes, [1, 2, 1], strict=True))


def limited(shop, account_lines):
    text = shop.config.read_text()
    old = f"{account_lines} = {{linger = 0.1}}"
    assert old in text
    shop.config.write_text(text.replace(old, f"{account_lines} = {{backlog_limit = 1}}"))


@pytest.mark.parametrize("accounts", [["default", "es"], ["es", "default"]])
def test_a_full_lane_keeps_no_other_account_from_its_copy(shop, accounts):
    limited(shop, 'operations."event.add_v2"')
    with shop.producer() as producer:
        producer.send(purchase(1), account="es")
        with pytest.raises(LaneFull, match=r"es:event\.add_v2:0") as refused:
            producer.send(purchase(2), accounts=accounts, idempotency_key="order-2")
        (known,) = refused.value.accepted
        assert list(known) == accounts
        assert known["es"] is None
        assert backlog(shop) == {"default:event.add:0": 1, "es:event.add_v2:0": 1}
        shop.client.delete(shop.keys.stream(Lane("es", "event.add_v2")))
        repeated = producer.send(purchase(2), accounts=accounts, idempotency_key="order-2")
    assert repeated["default"] == known["default"]
    assert shop.client.xlen(shop.keys.stream(Lane("default", "event.add"))) == 1
    assert shop.client.xlen(shop.keys.stream(Lane("es", "event.add_v2"))) == 1


def test_of_many_messages_each_account_gets_what_its_lane_takes(shop):
    limited(shop, 'operations."event.add_v2"')
    with shop.producer() as producer, pytest.raises(TooManyAtOnce) as refused:
        producer.send_many([purchase(number) for number in range(3)])
    accepted = [(one["default"] is None, one["es"]) for one in refused.value.accepted]
    assert accepted == [(False, None)] * 3
    assert backlog(shop) == {"default:event.add:0": 3}


def test_events_with_keys_of_their_own_go_to_their_route_in_one_call(shop):
    outgoing = [Outgoing(purchase(n), idempotency_key=f"order-{n}") for n in range(2)]
    outgoing.append(Outgoing(salesmanago.upsert_contact.build(ANN)))
    with shop.producer() as producer:
        *events, contact = producer.send_all(outgoing)
        assert [sorted(ids) for ids in events] == [["default", "es"]] * 2
        assert contact.startswith("default:contact.upsert")
        assert producer.send_all(outgoing[:2]) == events
    assert backlog(shop)["es:event.add_v2:0"] == 2


@pytest.mark.parametrize(
    ("message", "options", "error", "detail"),
    [
        (purchase(fields={"colour": "red"}), {}, CannotMap, "'default': colour: has no target"),
        (Contact(email=ANN, birthday="1987-06-05"), {}, CannotMap, "'es': birthday: has no target"),
        (Contact(phone="48500100200"), {}, CannotMap, "'default': contact: email or contactId"),
        (Contact(email=ANN), {"accounts": ["default", "sm"]}, UnknownAccount, "'sm'"),
        (Contact(email=ANN), {"accounts": []}, ValueError, "at least one name"),
        (Contact(email=ANN), {"accounts": "es"}, ValueError, "must be a list"),
        (Contact(email=ANN), {"accounts": ["es", "es"]}, ValueError, "named twice"),
        (Contact(email=ANN), {"accounts": ["es"], "account": "es"}, ValueError, "one of the two"),
        (
            salesmanago.CouponRedemption(email=ANN, coupon="SB-1"),
            {"accounts": ["default", "es"]},
            WrongSystem,
            "coupon.redeem is an operation of salesmanago",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_one_account_cannot_take_is_enqueued_for_none(shop, message, options, error, detail):
    with shop.producer() as producer, pytest.raises(error, match=detail):
        producer.send(message, **options)
    assert shop.status().lanes == []
    for producer in (shop.producer(), AsyncProducer(shop.settings)):
        with pytest.raises(error, match=detail):
            producer.check(message, **options)


def test_a_check_of_what_can_be_sent_enqueues_nothing_and_asks_redis_nothing(shop):
    unreachable = Producer(shop.settings, "redis://127.0.0.1:9")
    unreachable.check(purchase(1))
    unreachable.check(Contact(email=ANN), accounts=["default", "es"])
    AsyncProducer(shop.settings, "redis://127.0.0.1:9").check(Contact(email=ANN))
    assert shop.status().lanes == []


def test_without_a_route_accounts_have_to_be_named(stack):
    with stack.producer() as producer:
        with pytest.raises(NoRoute, match=r"accounts=.*\[routes\] contact.*settings are those of"):
            producer.send(Contact(email=ANN))
        message_id = producer.send(Contact(email=ANN), account="default")
    assert message_id.startswith("default:contact.upsert:0@")


def test_a_message_of_a_system_goes_to_several_of_its_accounts_as_it_is(shop):
    with shop.config.open("a") as config:
        config.write(sandbox_account(shop.sandbox, "second"))
    coupon = salesmanago.CouponRedemption(email=ANN, coupon="SB-1")
    with shop.producer() as producer:
        ids = producer.send(coupon, accounts=["default", "second"])
    assert list(ids) == ["default", "second"]
    payloads = [shop.entries(Lane(account, "coupon.redeem"))[0].payload for account in ids]
    assert payloads == [coupon.payload()] * 2


def test_the_async_producer_fans_out_alike(shop):
    async def send():
        async with AsyncProducer(shop.settings) as producer:
            one = await producer.send(purchase(1))
            single = await producer.send(purchase(2), account="es")
            many = await producer.send_many([purchase(3), Contact(email=ANN)], accounts=["es"])
            return one, single, many

    one, single, many = asyncio.run(send())
    assert list(one) == ["default", "es"]
    assert single.startswith("es:event.add_v2:0@")
    assert [list(ids) for ids in many] == [["es"], ["es"]]
    assert backlog(shop) == {
        "default:event.add:0": 1,
        "es:event.add_v2:0": 3,
        "es:contact.upsert:0": 1,
    }


@pytest.mark.parametrize(
    ("routes", "detail"),
    [
        ('contact = ["default", "sm"]', "routes: contact: account 'sm' is not in the settings"),
        ('event = ["es", "es"]', "routes: event: an account is named twice"),
        ('contacts = ["es"]', "routes.contacts: there is no such setting"),
        ('contact = ["mobile"]', "routes: contact: account 'mobile': salesmanago_mobile takes no"),
    ],
)
def test_a_route_that_leads_nowhere_stops_every_command(shop, routes, detail):
    text = shop.config.read_text().partition("[routes]")[0]
    mobile = sandbox_account(shop.sandbox, "mobile", "salesmanago_mobile")
    shop.config.write_text(f"{text}\n{mobile}\n[routes]\n{routes}\n")
    done = shop.run("config", "--routes")
    assert (done.returncode, detail in done.stderr.decode()) == (78, True)
