"""The suppression list: producers refuse, or drop, and workers send nothing to who is on it."""

from __future__ import annotations

import asyncio
import json

import pytest

from batchline.direct import upsert_contact_and_wait
from batchline.producers import AsyncProducer, Outgoing, Suppressed
from batchline.producers.errors import TryLater
from batchline.producers.lanes import Lane
from batchline.systems.identities import identity
from batchline.systems.salesmanago.messages import (
    ContactDeletion,
    ContactMassDeletion,
    MonitoringRestoration,
)
from batchline.worker.store import suppression
from tests.builders import ANN, applied, contact, event
from tests.letters import adds_up

BOB = "bob@shop.example"


def suppress(stack, email=ANN, **more):
    return suppression.add(stack.store, [identity("email", email)], "eve", **more)


def commands(client):
    """How often each command was called in this Redis."""
    return {name: row["calls"] for name, row in client.info("commandstats").items()}


def sent_with(stack, messages):
    """The commands that enqueueing these costs."""
    with stack.producer() as producer:
        producer.send_many(messages)  # the script is loaded
        before = commands(stack.client)
        producer.send_many(messages)
        after = commands(stack.client)
    names = ("cmdstat_evalsha", "cmdstat_hget", "cmdstat_hmget", "cmdstat_xadd", "cmdstat_get")
    return {name: after.get(name, 0) - before.get(name, 0) for name in names}


def test_a_message_for_a_suppressed_contact_is_refused_and_the_others_of_the_call_are_not(stack):
    suppress(stack, " Ann@Shop.Example")
    with stack.producer() as producer:
        with pytest.raises(Suppressed, match="suppression list") as refused:
            producer.send_many([contact(BOB), contact(ANN), event(1), event(2, BOB)])
        assert refused.value.suppressed == [1, 2]
        assert [one is None for one in refused.value.accepted] == [False, True, True, False]
        assert ANN not in str(refused.value)
        assert not isinstance(refused.value, TryLater)
    assert stack.status().totals["accepted"] == 2
    adds_up(stack)


def test_a_message_alone_is_refused_by_both_producers(stack):
    suppress(stack)

    async def send():
        async with AsyncProducer(stack.settings) as producer:
            await producer.send(contact(ANN))

    with stack.producer() as producer, pytest.raises(Suppressed):
        producer.send(contact(ANN))
    with pytest.raises(Suppressed):
        asyncio.run(send())
    assert stack.status().totals["accepted"] == 0


def test_who_is_known_by_a_phone_or_an_id_is_found_where_messages_name_these(stack):
    suppression.add(stack.store, [identity("phone", "+48 600 100 200")], "eve")
    suppression.add(stack.store, [identity("external-id", "shop-7")], "eve")
    with stack.producer() as producer:
        for fields in ({"phone": "0048600100200"}, {"externalId": "SHOP-7"}):
            message = contact(BOB).model_validate({"contact": {"email": BOB, **fields}})
            with pytest.raises(Suppressed):
                producer.send(message)
        producer.send(contact(BOB))


def test_settings_can_have_such_messages_dropped_without_a_word(stack):
    stack.configure(("dispatch_every", 'suppressed = "drop"\ndispatch_every'))
    suppress(stack)
    with stack.producer() as producer:
        assert producer.send(contact(ANN)) == ""
        first, second = producer.send_many([contact(ANN), contact(BOB)])
        assert first == ""
        assert second
    assert stack.status().totals["accepted"] == 1


def test_a_deletion_of_a_suppressed_contact_is_accepted(stack):
    suppress(stack)
    with stack.producer() as producer:
        assert producer.send(ContactDeletion(email=ANN))


def test_the_list_holds_for_one_account_or_for_all_until_its_time_or_its_end(stack):
    stack.add_account("other", "salesmanago")
    suppress(stack, account="other")
    with stack.producer() as producer:
        producer.send(contact(ANN))
        with pytest.raises(Suppressed):
            producer.send(contact(ANN), account="other")
        suppression.remove(stack.store, [identity("email", ANN)], "eve", "other")
        producer.send(contact(ANN), account="other")
        suppress(stack, seconds=60)
        with pytest.raises(Suppressed):
            producer.send(contact(ANN))
        stack.client.hincrby(stack.keys.clock, "shift", 61_000)
        stack.client.hdel(stack.keys.clock, "last")
        producer.send(contact(ANN))
        suppression.look(stack.store)
    assert stack.client.hlen(stack.keys.suppressed) == 0
    assert stack.client.hget(stack.keys.clock, "listed") is None


def test_a_call_costs_the_same_commands_without_a_list_as_after_one_was_there(stack):
    """And one question for all its messages where there is one."""
    messages = [event(number, BOB) for number in range(3)]
    without = sent_with(stack, messages)
    suppress(stack)
    listed = sent_with(stack, messages)
    assert listed.pop("cmdstat_hmget") <= without.pop("cmdstat_hmget") + len(messages)
    assert listed == without
    suppression.remove(stack.store, [identity("email", ANN)], "eve")
    assert sent_with(stack, messages)["cmdstat_evalsha"] == without["cmdstat_evalsha"] == 1


def test_what_an_idempotency_key_stands_for_is_still_found(stack):
    with stack.producer() as producer:
        (first,) = producer.send_all([Outgoing(contact(ANN), idempotency_key="k")])
        suppress(stack)
        assert producer.send_all([Outgoing(contact(ANN), idempotency_key="k")]) == [first]


def test_workers_drop_what_was_enqueued_before_and_send_the_rest(stack):
    stack.configure(
        (
            '[accounts.default.operations."event.add"]\n',
            '[accounts.default.operations."event.add"]\nresults = true\n',
        )
    )
    with stack.producer() as producer:
        (dropped, *_) = producer.send_many([event(1), event(2, BOB), contact(BOB)])
    suppress(stack)
    stack.worker()
    stack.until(lambda now: now.totals["erased"] == 1 and now.totals["delivered"] == 2)
    assert stack.lane("event.add").erased == 1
    assert len(applied(stack, "event.add")) == 1
    adds_up(stack)
    told = [
        (fields[b"message"].decode(), fields[b"contact"])
        for _, fields in stack.client.xrange(stack.keys.results)
        if fields[b"outcome"] == b"erased"
    ]
    assert told == [(dropped, b"")]
    shown = stack.run_json("trace", dropped, "--json")
    assert shown["state"] == "erased"


def test_of_a_message_about_several_contacts_only_the_others_are_sent(stack):
    with stack.producer() as producer:
        producer.send(
            MonitoringRestoration.model_validate({"contacts": [{"value": ANN}, {"value": BOB}]})
        )
        producer.send_many([contact(ANN), contact(BOB)])
    suppress(stack)
    stack.worker()
    stack.until(lambda now: now.totals["backlog"] == 0 and now.totals["parked"] == 0)
    rows = json.dumps(stack.sandbox.control.ledger(operation="contact.restore_monitoring"))
    assert ANN not in rows
    adds_up(stack)


def test_a_list_that_every_script_has_forgotten_is_told_again(stack):
    suppress(stack)
    stack.client.hdel(stack.keys.clock, "listed")
    suppression.look(stack.store)
    with stack.producer() as producer, pytest.raises(Suppressed):
        producer.send(contact(ANN))


def test_no_address_is_in_the_list_nor_in_the_journal_of_acts(stack):
    suppress(stack, why="asked by letter")
    everything = repr(stack.client.hgetall(stack.keys.suppressed))
    everything += repr(stack.client.xrange(stack.keys.acts))
    assert "asked by letter" in everything
    assert "ann" not in everything.replace("eve", "")


def test_the_commands_add_list_check_and_remove(stack):
    added = stack.run("suppress", "add", "--email", "-", "--why", "letter", stdin=ANN.encode())
    assert added.returncode == 0, added.stderr.decode()
    row = stack.run_json("suppress", "list", "--json")
    assert (row["kind"], row["account"], row["why"]) == ("email", "*", "letter")
    assert stack.run("suppress", "check", "--email", ANN).returncode == 1
    assert stack.run("suppress", "check", "--email", BOB).returncode == 0
    assert stack.run("suppress", "remove", "--email", ANN.upper()).returncode == 0
    assert stack.run("suppress", "list", "--json").stdout == b""
    wrong = stack.run("suppress", "add", "--email", "nobody")
    assert wrong.returncode == 2
    assert b"must be an e-mail address" in wrong.stderr


def test_an_address_that_comes_as_utf_16_with_its_mark_is_the_address(stack):
    added = stack.run("suppress", "add", "--email", "-", "--why", "w", stdin=ANN.encode("utf-16"))
    assert added.returncode == 0, added.stderr.decode()
    assert stack.run("suppress", "check", "--email", ANN).returncode == 1


@pytest.mark.parametrize("command", [("suppress", "add", "--why", "w"), ("erase", "--dry-run")])
def test_an_address_in_another_encoding_is_refused_and_not_taken_for_another_one(stack, command):
    wrong = stack.run(*command, "--email", "-", stdin="małgosia@shop.example\n".encode("cp1250"))
    assert wrong.returncode == 2
    assert b"is not UTF-8" in wrong.stderr
    assert stack.run("suppress", "list", "--json").stdout == b""


def test_a_file_tells_of_lines_about_suppressed_contacts(stack):
    suppress(stack)
    lines = "\n".join(
        json.dumps({"op": "coupon.redeem", "data": {"email": email, "coupon": "C"}})
        for email in (ANN, BOB)
    )
    done = stack.run("enqueue", "-", stdin=lines.encode())
    assert done.returncode == 1
    assert b"1 accepted, 1 bad" in done.stdout
    assert ANN.encode() not in done.stdout
    assert stack.client.xlen(stack.keys.stream(Lane("default", "coupon.redeem"))) == 1


def test_mass_deletions_name_their_contacts_and_go_out(stack):
    suppress(stack)
    contacts = [{"addresseeType": "EMAIL", "value": [ANN, BOB]}]
    with stack.producer() as producer:
        assert producer.send(ContactMassDeletion.model_validate({"contacts": contacts}))


def test_a_call_past_the_lanes_is_refused_too_and_calls_nobody(stack):
    suppress(stack)
    with pytest.raises(Suppressed):
        upsert_contact_and_wait(ANN, settings=stack.settings)
    assert applied(stack, "contact.upsert") == []
    assert upsert_contact_and_wait(BOB, settings=stack.settings)


def test_a_message_about_very_many_contacts_is_looked_through_whole(stack):
    suppress(stack)
    many = [{"value": f"p{number}@shop.example"} for number in range(6000)]
    with stack.producer() as producer:
        producer.send(MonitoringRestoration.model_validate({"contacts": many}))
        with pytest.raises(Suppressed):
            producer.send(
                MonitoringRestoration.model_validate({"contacts": [*many, {"value": ANN}]})
            )


@pytest.mark.parametrize("spelling", ["zoë@müller.example", "zoe\u0308@xn--mller-kva.example"])
def test_a_contact_is_suppressed_however_its_address_is_written(stack, spelling):
    suppress(stack, "zoë@mu\u0308ller.example")
    with stack.producer() as producer, pytest.raises(Suppressed):
        producer.send(event(1, spelling))
