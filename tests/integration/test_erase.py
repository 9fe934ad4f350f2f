"""A contact is erased everywhere in the store, beside workers, and after kill -9."""

from __future__ import annotations

import json
import zlib

import pytest

from batchline.producers import Outgoing, results
from batchline.producers.lanes import Lane
from batchline.systems.columns import Columns
from batchline.systems.identities import identity
from batchline.systems.salesmanago.messages import (
    ContactDeletion,
    CouponRedemption,
    MonitoringRestoration,
)
from batchline.worker.dead_letters import bulk
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.delivery import confirmations
from batchline.worker.delivery.open_job import JobMessages
from batchline.worker.erasure import act, messages
from batchline.worker.store import acts, suppression
from tests.builders import ANN, applied, contact, event
from tests.letters import adds_up, dead

BOB = "bob@shop.example"
WHOM = [identity("email", ANN)]
RESULTS = (
    '[accounts.default.operations."event.add"]\n',
    '[accounts.default.operations."event.add"]\nresults = true\n',
)


class Killed(BaseException):
    """The worker is gone at this point, as by kill -9."""


def texts(client):
    """Every key of this Redis with all that it holds, jobs unpacked, as one text in lower case."""
    found = []
    for name in client.scan_iter(count=1000):
        kind = client.type(name)
        found.append(name)
        if kind == b"hash":
            for field, value in client.hgetall(name).items():
                line, _, packed = value.partition(b"\n")
                is_job = name.endswith(b"jobs:body")
                found += [field, line, zlib.decompress(packed) if is_job else packed]
        elif kind == b"stream":
            found.append(repr(client.xrange(name)).encode())
        elif kind == b"zset":
            found += client.zrange(name, 0, -1)
        elif kind == b"set":
            found += client.smembers(name)
        elif kind == b"list":
            found += client.lrange(name, 0, -1)
        else:
            found.append(client.get(name) or b"")  # it may have expired meanwhile
    return b"\n".join(found).decode(errors="replace").lower()


def erase(stack, wait=lambda seconds: False, whom=WHOM, **more):
    """Order an erasure, and carry it out as a worker's thread does."""
    ordered = act.order(stack.store, whom, "eve", **more)
    assert act.work(stack.store, stack.settings, wait, ordered.name)
    return act.got(stack.store, ordered.name)


def open_job(stack, *emails):
    """An open job of upserts of these contacts, as a delivery leaves it; its name."""
    sent = [contact(email) for email in emails]
    lane = Lane("default", "contact.upsert")
    rows = [(one.contact_key(), one.options(), one.payload()) for one in sent]
    columns = Columns.of(lane.operation, rows)
    ids = [f"{lane}@1795248000000-{n}" for n in range(len(sent))]
    job = JobMessages(ids, list(emails), [""] * len(sent), columns.payloads, {}, frozenset())
    name = f"{lane}@17@1795248000000-0"
    now = stack.client.time()[0] * 1000
    body = job.to_body(lane, "17", now, "salesmanago")
    stack.client.zadd(stack.keys.jobs, {name: now + 60_000})
    stack.client.hset(stack.keys.jobs_body, name, body)
    stack.client.sadd(stack.keys.lanes, str(lane))
    state = stack.keys.state(lane)
    for counter in ("accepted", "delivered", "confirming"):
        stack.client.hincrby(state, counter, len(sent))
    return name


def plant(stack):
    """Ann in every place, and Bob beside her."""
    dead(stack, [CouponRedemption(email=one, coupon="C") for one in (ANN, BOB)])
    open_job(stack, ANN, BOB)
    with stack.producer() as producer:
        producer.send_many([event(1), event(2, BOB), contact(ANN), contact(BOB)])
        several = {"contacts": [{"value": ANN}, {"value": BOB}]}
        producer.send(MonitoringRestoration.model_validate(several))
        producer.send(event(3, BOB, description=f"a gift for {ANN.upper()}"))
        producer.send_all(
            [
                Outgoing(event(4, one), idempotency_key=f"order of {one}", delay=600_000)
                for one in (ANN, BOB)
            ]
        )
    for number, one in enumerate((ANN, BOB), start=1):
        fields = {
            "number": number,
            "message": f"default:event.add:0@1-{number}",
            "operation": "event.add",
            "outcome": "delivered",
            "reason": "",
            "detail": "",
            "contact": one,
            "key": "",
        }
        stack.client.xadd(stack.keys.results, fields)
        stack.client.hset(stack.keys.results_numbers, "written", number)
    bulk.order(stack.store, "spring", "purge", Filter(contact=ANN), "eve")
    stack.client.hset(stack.keys.paused, "default:note.add", f"{ANN} has called")
    stack.client.hset(stack.keys.set_aside, "due nonsense", f"about {ANN}")
    acts.write(stack.store, "eve", "paused", "default", detail=f"for {ANN}")


def test_nothing_in_redis_names_a_contact_that_is_erased_and_all_others_are_as_before(stack):
    stack.configure(RESULTS)
    plant(stack)
    assert ANN in texts(stack.client)
    done = erase(stack)
    assert ANN not in texts(stack.client)
    assert done.state == "done"
    assert done.erased == {
        "waiting": 4,
        "parked": 1,
        "dead": 1,
        "jobs": 1,
        "results": 1,
        "bulk acts": 1,
        "texts": 2,
        "set aside": 1,
    }
    totals = stack.status().totals
    assert (totals["erased"], totals["dead"], totals["parked"]) == (5, 1, 1)
    (letter,) = stack.client.hvals(stack.keys.dead_body)
    assert json.loads(letter)["contact"] == BOB
    waiting = [
        one
        for lane in ("event.add", "contact.upsert", "contact.restore_monitoring")
        for one in stack.entries(Lane("default", lane))
    ]
    assert all(BOB.encode() in one.payload for one in waiting)
    adds_up(stack)


def test_the_counts_come_first_and_change_nothing(stack):
    stack.configure(RESULTS)
    plant(stack)
    done = stack.run("erase", "--email", "-", "--dry-run", "--json", stdin=f" {ANN}\n".encode())
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == {
        "waiting": 3,
        "mentions": 1,
        "parked": 1,
        "dead": 1,
        "jobs": 1,
        "results": 1,
        "keys": 1,
        "bulk acts": 1,
        "texts": 2,
        "set aside": 1,
    }
    assert stack.client.hlen(stack.keys.suppressed) == 0
    assert stack.status().totals["erased"] == 0


def test_the_command_erases_and_tells_and_the_contact_is_refused_from_then_on(stack):
    with stack.producer() as producer:
        producer.send_many([event(1), event(2, BOB)])
    done = stack.run("erase", "--email", ANN, "--yes", "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["erased"] == {"waiting": 1}
    assert stack.run("suppress", "check", "--email", ANN).returncode == 1
    assert ANN not in texts(stack.client)
    (line, *_) = acts.read(stack.store, 1)
    assert line.what == "erased"
    assert line.on.startswith("email #")
    assert b"erase-" in stack.run("erase", "--list").stdout


def test_an_erasure_without_a_yes_does_nothing(stack):
    with stack.producer() as producer:
        producer.send(event(1))
    refused = stack.run("erase", "--email", ANN, stdin=b"n\n")
    assert refused.returncode != 0
    assert len(stack.entries(Lane("default", "event.add"))) == 1
    assert stack.client.hlen(stack.keys.suppressed) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), b"say who"),
        (("--email", "ann"), b"must be an e-mail address"),
        (("--phone", "12"), b"7 to 15 digits"),
        (("--contact-id", "7"), b"needs --account"),
        (("--email", ANN, "--json"), b"--json needs --yes"),
        (("--email", ANN, "--yes", "--for", "soon"), b"--for"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(stack, arguments, said):
    refused = stack.run("erase", *arguments)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert stack.client.exists(stack.keys.suppressed) == 0


def test_a_deletion_of_the_contact_stays_until_it_is_sent(stack):
    with stack.producer() as producer:
        producer.send(ContactDeletion(email=ANN))
        producer.send(contact(ANN))
    done = erase(stack)
    assert (done.erased, done.withdrawals) == ({"waiting": 1}, 1)
    assert len(stack.entries(Lane("default", "contact.upsert"))) == 1


def test_messages_about_others_that_name_it_can_be_kept(stack):
    with stack.producer() as producer:
        producer.send(event(3, BOB, description=f"a gift for {ANN}"))
    assert erase(stack, keeps_mentions=True).erased == {}
    assert erase(stack).erased == {"waiting": 1}


def test_only_the_messages_of_an_account_are_erased_where_one_is_named(stack):
    stack.add_account("other", "salesmanago")
    with stack.producer() as producer:
        producer.send(event(1))
        producer.send(event(1), account="other")
    erase(stack, account="other")
    rows = {one.account: one.erased for one in stack.status().lanes}
    assert rows == {"default": 0, "other": 1}
    adds_up(stack)


def test_who_is_erased_and_not_to_be_suppressed_is_accepted_after_a_while(stack):
    erase(stack, stays=False)
    (entry,) = suppression.every(stack.store)
    assert entry.until > 0


@pytest.mark.parametrize("dies_at", range(0, 10, 2))
def test_an_erasure_whose_worker_is_killed_anywhere_is_ended_by_another_and_counts_once(
    stack, monkeypatch, dies_at
):
    stack.configure(RESULTS)
    monkeypatch.setattr(messages, "PAGE", 2)
    plant(stack)
    with stack.producer() as producer:
        producer.send_many([event(number) for number in range(10, 15)])
    calls = iter(range(1000))

    def dies(seconds):
        if next(calls) == dies_at:
            raise Killed
        return False

    ordered = act.order(stack.store, WHOM, "eve")
    with pytest.raises(Killed):
        act.work(stack.store, stack.settings, dies)
    assert not act.work(stack.store, stack.settings, lambda seconds: False)  # its lease lasts
    stack.client.hset(stack.keys.erase_act(ordered.name), "lease", 0)
    assert act.work(stack.store, stack.settings, lambda seconds: False)
    done = act.got(stack.store, ordered.name)
    assert done.state == "done"
    assert done.erased["waiting"] == 9
    assert ANN not in texts(stack.client)
    adds_up(stack)


def test_an_erasure_that_a_killed_command_has_left_is_ended_by_a_worker(stack):
    dead(stack, [CouponRedemption(email=one, coupon="C") for one in (ANN, BOB)])
    ordered = act.order(stack.store, WHOM, "eve")
    stack.worker()
    stack.until(lambda now: act.got(stack.store, ordered.name).state == "done")
    assert ANN not in texts(stack.client)
    adds_up(stack)


def test_beside_a_worker_that_is_sending_nothing_is_counted_twice_and_nothing_stays(stack):
    with stack.producer() as producer:
        producer.send_many([event(number, email) for number in range(100) for email in (ANN, BOB)])
    stack.worker()
    done = stack.run("erase", "--email", ANN, "--yes")
    assert done.returncode == 0, done.stderr.decode()
    stack.until(lambda now: now.totals["backlog"] == 0 and now.totals["parked"] == 0)
    stack.until(lambda now: now.totals["erased"] + now.totals["dead"] > 0)
    assert ANN not in texts(stack.client)
    adds_up(stack)


def test_a_lane_under_a_lease_is_waited_for(stack):
    with stack.producer() as producer:
        producer.send(event(1))
    state = stack.keys.state(Lane("default", "event.add"))
    until = stack.client.time()[0] * 1000 + 60_000
    stack.client.hset(state, mapping={"token": "w-1", "until": until, "hold": 1})
    waits = []

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 20:  # its owner has settled, and the message stays
            stack.client.hdel(state, "token", "until")
        return False

    assert erase(stack, wait).erased == {"waiting": 1}
    assert len(waits) >= 20
    adds_up(stack)


def test_a_job_goes_on_without_the_contact_and_is_not_ended_with_what_was_read_before(
    stack, monkeypatch
):
    name = open_job(stack, ANN, BOB)
    before = stack.client.hget(stack.keys.jobs_body, name)
    erase(stack)
    assert confirmations.Job.read(name, before).fingerprint != (
        confirmations.Job.read(name, stack.client.hget(stack.keys.jobs_body, name)).fingerprint
    )
    job = confirmations.Job.read(name, stack.client.hget(stack.keys.jobs_body, name))
    assert (job.messages.contacts, job.erased) == ([BOB], 1)
    row = stack.lane("contact.upsert")
    assert (row.confirming, row.unconfirmed, row.delivered) == (1, 1, 2)
    erase(stack, whom=[identity("email", BOB)])
    assert stack.client.hlen(stack.keys.jobs_body) == 0
    assert stack.lane("contact.upsert").confirming == 0


def test_an_erased_result_is_not_lost_to_a_group(stack):
    stack.configure(RESULTS)
    plant(stack)
    stack.client.xgroup_create(stack.keys.results, "shop", 0)
    stack.client.hset(stack.keys.results_numbers, "read:shop", 0)
    erase(stack)
    lost = []
    read = results("shop", settings=stack.settings, timeout=0, on_lost=lost.append)
    told = [(one.number, one.outcome, one.contact) for one in read]
    assert told[0] == (2, "delivered", BOB)
    assert {one[1:] for one in told[1:]} == {("erased", "")}
    assert lost == []


def test_what_one_of_several_contacts_may_have_been_sent_stays_uncertain(stack):
    several = {"contacts": [{"value": ANN}, {"value": BOB}]}
    with stack.producer() as producer:
        producer.send(MonitoringRestoration.model_validate(several))
    name = next(iter(stack.client.smembers(stack.keys.lanes))).decode()
    lane = Lane.parse(name)
    (one,) = stack.entries(lane)
    mark = json.dumps([[one.stream_id, one.stream_id, 0]])
    stack.client.hset(stack.keys.state(lane), "sending", mark)
    assert erase(stack).erased == {"waiting": 1}
    (after,) = stack.entries(lane)
    assert after.id(lane) == one.id(lane)
    assert ANN.encode() not in after.payload
    assert after.meta.asked == after.payload.decode()
    adds_up(stack)


def test_applied_messages_are_those_of_others(stack):
    with stack.producer() as producer:
        producer.send_many([contact(ANN), contact(BOB), event(1), event(2, BOB)])
    erase(stack)
    stack.worker()
    stack.until_at_rest()
    assert len(applied(stack, "event.add")) == 1


def test_an_old_export_does_not_bring_the_contact_back(stack):
    dead(stack, [CouponRedemption(email=one, coupon="C") for one in (ANN, BOB)])
    exported = stack.run("dead", "export", "-").stdout
    assert ANN.encode() in exported
    assert stack.run("dead", "purge", "--all", "--yes").returncode == 0
    erase(stack)
    done = stack.run("dead", "import", "-", stdin=exported)
    assert b"1 imported" in done.stdout
    assert b"suppression list" in done.stderr
    assert ANN not in texts(stack.client)
    adds_up(stack)


def test_an_entry_that_nobody_can_read_is_erased_if_it_names_the_contact(stack):
    lane = Lane("default", "event.add")
    with stack.producer() as producer:
        producer.send(event(2, BOB))
    for one in (ANN, BOB):
        stack.client.xadd(stack.keys.stream(lane), {"1x": "{}", "meta": f"about {one}"})
        stack.client.hincrby(stack.keys.state(lane), "accepted", 1)
    assert erase(stack).erased == {"waiting": 1}
    assert ANN not in texts(stack.client)
    adds_up(stack)


def test_a_contact_is_erased_however_its_address_is_written(stack):
    spellings = ["zoë@müller.example", "zoe\u0308@müller.example", "zoë@xn--mller-kva.example"]
    with stack.producer() as producer:
        producer.send_many([contact(spelling) for spelling in spellings])
        producer.send(contact(BOB), delay=600)
        producer.send(contact(spellings[1]), delay=600)
    erase(stack, whom=[identity("email", spellings[2])])
    assert (stack.status().totals["erased"], stack.status().totals["parked"]) == (4, 1)
    adds_up(stack)
    for trace in ("müller", "mller-kva", "mu\u0308ller"):
        assert trace not in texts(stack.client)
