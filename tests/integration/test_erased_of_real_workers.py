"""What real workers have left of a contact is erased with it; a killed erasure is gone on with."""

from __future__ import annotations

import re
import zlib

from batchline.producers.lanes import Lane
from batchline.worker.dead_letters import counts
from batchline.worker.erasure import act
from batchline.worker.inspection import kept
from batchline.worker.inspection.requests_filter import LANGUAGE
from tests import forked
from tests.builders import contact, event
from tests.letters import adds_up
from tests.waiting import until

EMAIL, PHONE, NAME = "planted.person@shop.example", "+48600700800", "Zosia Planted-Nowak"
#: Her second address, which the API does not know.
LATE = "planted.later@shop.example"
BOB = "bob@shop.example"
SEEN = re.compile(r"planted|zosia|nowak|600\W*700\W*800", re.IGNORECASE)
RESULTS = (
    '[accounts.default.operations."event.add"]\n',
    '[accounts.default.operations."event.add"]\nresults = true\n',
)
#: What is parked stays so; bodies of jobs are packed.
PARKS = ("replay = {every = 0.5, until = 1.5}", "replay = {every = 600, until = 6000}")


def everything(client):
    """Every key and value, packed bodies unpacked, as one text."""
    found = []
    for name in client.scan_iter(count=1000):
        found += [name, *_values(client, name)]
    return b"\n".join(_unpacked(one) for one in found).decode(errors="replace")


def _values(client, name):
    match client.type(name):
        case b"hash":
            return [part for pair in client.hgetall(name).items() for part in pair]
        case b"stream":
            rows = client.xrange(name)
            return [part for _, row in rows for pair in row.items() for part in pair]
        case b"zset":
            return client.zrange(name, 0, -1)
        case b"set":
            return list(client.smembers(name))
        case b"list":
            return client.lrange(name, 0, -1)
    return filter(None, [client.get(name)])  # it may be over meanwhile


def _unpacked(value):
    line, _, packed = value.partition(b"\n")
    try:
        return line + zlib.decompress(packed)
    except zlib.error:
        return value


def test_nothing_in_redis_names_who_was_delivered_parked_killed_and_kept(stack):
    stack.configure(RESULTS, PARKS)
    stack.sandbox.control.script("order-77", ["reject"])
    stack.worker()
    person = {"email": EMAIL, "name": NAME, "phone": PHONE}
    with stack.producer() as producer:
        producer.send_many([contact(EMAIL, contact=person), contact(BOB)])
        stack.until(lambda now: now.totals["delivered"] == 2 and not now.lanes[0].confirming)
        until(lambda: stack.sandbox.control.contact(EMAIL), "the contact exists")
        producer.send_many([event(1, EMAIL, description=NAME), event(2, BOB)])
        producer.send(event(77, EMAIL, description=f"for {NAME}, {PHONE}"))
        producer.send(event(3, LATE, description=NAME))
        producer.send(event(4, BOB, description=f"a gift for {EMAIL}, {PHONE}"))
        stack.until(
            lambda now: (
                (now.totals["delivered"], now.totals["dead"], now.totals["parked"]) == (5, 1, 1)
            )
        )
    before = kept.find(stack.store, stack.settings, LANGUAGE.parse(""), 100).requests
    assert {one.operation for one in before} >= {"contact.upsert", "event.add"}
    assert counts.read(stack.store).total == 1
    assert len(SEEN.findall(everything(stack.client))) > 3
    her_id = stack.sandbox.control.contact(EMAIL)["id"]
    done = stack.run(
        "erase", "--email", EMAIL, "--email", LATE, "--phone", PHONE, "--yes", "--json"
    )
    assert done.returncode == 0, done.stderr.decode()
    text = everything(stack.client)
    assert SEEN.findall(text) == []
    assert her_id not in text
    after = kept.find(stack.store, stack.settings, LANGUAGE.parse(""), 100).requests
    assert len(after) >= len(before)
    assert counts.read(stack.store).cells == {}
    totals = stack.status().totals
    assert (totals["erased"], totals["dead"], totals["parked"]) == (2, 0, 0)
    adds_up(stack)


def test_an_erasure_whose_process_is_killed_in_its_middle_is_ended_by_a_worker(stack):
    stack.configure(RESULTS)
    with stack.producer() as producer:
        producer.send_many([event(number, EMAIL) for number in range(300)])
        producer.send_many([contact(EMAIL), contact(BOB), event(301, BOB)])
    held = stack.keys.state(Lane("default", "event.add"))
    lasts = stack.client.time()[0] * 1000 + 3_600_000  # somebody is sending, as it seems
    stack.client.hset(held, mapping={"token": "w-1", "until": lasts, "hold": 1})
    erasing = forked.Forked(
        "erase",
        ["erase", "--email", EMAIL, "--yes"],
        {"BATCHLINE_CONFIG": str(stack.config)},
        stack.folder / "erase.log",
    )
    try:
        stack.until(lambda now: now.totals["erased"] == 1)  # and it waits for that lane
    finally:
        erasing.kill()
    (ordered,) = act.every(stack.store)
    assert ordered.state == "running"
    stack.client.hdel(held, "token", "until")
    stack.client.hset(stack.keys.erase_act(ordered.name), "lease", 0)  # as time would
    stack.worker()
    stack.until(lambda now: act.got(stack.store, ordered.name).state == "done")
    stack.until(lambda now: now.totals["backlog"] == 0)
    assert stack.status().totals["erased"] == 301  # by either: the contact is suppressed
    assert SEEN.findall(everything(stack.client)) == []
    adds_up(stack)
