"""The command line, as its users type it."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from tests.builders import contact, event


def line(number, **changes):
    item = {
        "email": f"c{number}@shop.example",
        "contactEvent": {
            "date": 1_795_248_000_000,
            "contactExtEventType": "PURCHASE",
            "externalId": f"order-{number}",
        },
    }
    return json.dumps({"op": "event.add", "key": f"k{number}", "data": item, **changes})


BAD = {
    17: ("{", "not JSON"),
    500: (line(1, op="event.ad"), "did you mean event.add?"),
    501: (line(1, account="shop"), "account"),
    502: (line(1, data={"email": "x"}), "data.contactEvent: is required"),
    503: (line(1, data={"email": "a@b.pl", "contactEvent": {}, "emial": 1}), "data.emial"),
    9_000: ("[1]", "not an object"),
    9_999: (line(1, tag="x"), "tag: no such field"),
}


def test_a_file_with_7_bad_lines_of_10_000_gives_9_993_messages_and_names_the_7(stack):
    lines = [BAD[n][0] if n in BAD else line(n) for n in range(1, 10_001)]
    (stack.folder / "events.jsonl").write_text("\n".join(lines))
    done = stack.run("enqueue", "events.jsonl", "--rejects", "bad.jsonl")
    assert done.returncode == 1
    assert done.stdout.decode().strip() == "10,000 lines: 9,993 accepted, 7 bad"
    told = done.stderr.decode().splitlines()
    assert [row.split(":")[0] for row in told] == [f"line {n}" for n in BAD]
    for row, (_, reason) in zip(told, BAD.values(), strict=True):
        assert reason in row
    assert (stack.folder / "bad.jsonl").read_text().splitlines() == [bad for bad, _ in BAD.values()]
    assert stack.lane("event.add").backlog == 9_993


def test_a_file_with_keys_can_be_enqueued_again(stack):
    (stack.folder / "events.jsonl").write_text("\n".join(line(n) for n in range(100)))
    told = []
    for more in ("", f"\n{line(7)}\n{line(200)}"):
        with (stack.folder / "events.jsonl").open("a") as file:
            file.write(more)
        done = stack.run("enqueue", "events.jsonl")
        assert done.returncode == 0
        told.append(done.stdout.decode().strip())
    assert stack.lane("event.add").backlog == 101
    assert told == [
        "100 lines: 100 accepted, 0 bad",
        "102 lines: 102 accepted, 0 bad; 101 of these messages known before, by their keys",
    ]


def test_lines_come_from_standard_input_too_in_python_names_or_the_apis(stack):
    python = json.dumps(
        {"op": "contact.upsert", "data": {"contact": {"email": "a@b.pl", "external_id": "1"}}}
    )
    api = json.dumps(
        {"op": "contact.upsert", "data": {"contact": {"email": "a@b.pl", "externalId": "1"}}}
    )
    done = stack.run("enqueue", "-", stdin=f"{python}\n\n{api}\n".encode())
    assert (done.returncode, done.stdout) == (0, b"2 lines: 2 accepted, 0 bad\n")
    payloads = [entry.payload for entry in stack.entries(Lane("default", "contact.upsert"))]
    assert payloads[0] == payloads[1]


def test_a_dry_run_enqueues_nothing(stack):
    done = stack.run("enqueue", "-", "--dry-run", stdin=line(1).encode())
    assert done.stdout == b"1 line: 1 valid, 0 bad\n"
    assert stack.status().lanes == []


def test_a_full_lane_stops_enqueueing_and_says_how_far_it_came(stack):
    stack.configure(
        ('"event.add"]\nlinger = 0.1', '"event.add"]\nlinger = 0.1\nbacklog_limit = 3000')
    )
    done = stack.run("enqueue", "-", stdin="\n".join(line(n) for n in range(4000)).encode())
    assert done.returncode == 3
    assert "3,000 messages accepted" in done.stderr.decode()


def test_status_without_lanes_names_the_redis_that_it_looked_at_without_its_password(stack):
    server = urlsplit(stack.settings.lanes_url())
    told = " ".join(stack.run("status").stdout.decode().split())
    assert (
        f"in the Redis at 127.0.0.1:{server.port}, database 0, under key_prefix batchline" in told
    )
    assert server.password not in told


def test_status_says_what_waits_and_adds_up(stack):
    with stack.producer() as producer:
        producer.send_many([event(n) for n in range(3)])
        producer.send(event(4), delay=60)
    shown = stack.run_json("status", "--json")
    assert shown["totals"] == {
        "accepted": 4,
        "delivered": 0,
        "merged": 0,
        "parked": 1,
        "dead": 0,
        "purged": 0,
        "erased": 0,
        "backlog": 3,
        "requests": 0,
    }
    assert shown["lanes"][0]["lane"] == "default:event.add:0"
    assert shown["lanes"][0]["oldest_seconds"] < 60
    assert "default:event.add:0" in stack.run("status").stdout.decode()


def test_dead_letters_are_listed_shown_replayed_and_purged(stack):
    stack.sandbox.control.script("bad", ["reject", "reject", 200])
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.worker()
        stack.until_at_rest()
        ids = [
            producer.send(CouponRedemption(email="ann@shop.example", coupon="unknown")),
            producer.send(CouponRedemption(email="ann@shop.example", coupon="SB-ok")),
            producer.send(CouponRedemption(email="ann@shop.example", coupon="gone")),
        ]
    stack.until_at_rest()
    listed = stack.run("dead", "list").stdout.decode()
    assert "2 rejected" in listed
    shown = stack.run_json("dead", "show", ids[0])
    assert shown["data"] == {"email": "ann@shop.example", "coupon": "unknown"}
    assert stack.run("dead", "replay", "--all", "--dry-run").stdout == b"2 would be replayed\n"
    stack.sandbox.control.assign_coupons("ann@shop.example", ["unknown"])
    assert stack.run("dead", "replay", ids[0]).stdout == b"1 replayed\n"
    stack.until(lambda now: now.totals["delivered"] == 3)
    assert stack.run("dead", "purge", "--reason", "rejected", "--yes").stdout == b"1 purged\n"
    totals = stack.until_at_rest()
    assert (totals["dead"], totals["purged"], totals["delivered"]) == (0, 1, 3)
    none = stack.run("dead", "list")
    assert (none.returncode, none.stdout, none.stderr) == (0, b"", b"No dead letters.\n")


def test_naming_no_dead_letter_and_no_filter_is_refused(stack):
    done = stack.run("dead", "purge", "--yes")
    assert done.returncode == 2
    assert b"name messages by their ids" in done.stderr


def test_config_shows_what_is_in_force_and_masks_secrets(stack):
    shown = stack.run("config").stdout.decode()
    assert 'accounts.default.operations."event.add".batch_size = 1000' in shown
    assert "accounts.default.timeout.read = 6.0" in shown
    secret = stack.sandbox.client.api_secret
    for output in (shown, stack.run("config", "--json").stdout.decode()):
        assert secret not in output
        assert stack.config.read_text().split("redis://:")[1].split("@")[0] not in output


def test_a_wrong_setting_stops_every_command_with_its_key(stack):
    stack.configure(("lease = 8", "leese = 8"))
    for command in (["worker"], ["status"], ["config"], ["enqueue", "/dev/null"]):
        done = stack.run(*command)
        assert done.returncode == 78
        assert b"accounts.default.leese: there is no such setting" in done.stderr
        assert b"Traceback" not in done.stderr


def test_a_worker_refuses_a_redis_that_throws_messages_away(stack):
    stack.client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        done = stack.run("worker")
    finally:
        stack.client.config_set("maxmemory-policy", "noeviction")
    assert done.returncode == 78
    assert b"maxmemory-policy is allkeys-lru" in done.stderr


def test_without_redis_a_command_says_how_to_start_one(stack):
    text = stack.config.read_text().splitlines()
    stack.config.write_text("\n".join(row for row in text if not row.startswith("redis_url")))
    done = stack.run("status")
    assert (done.returncode, b"batchline up" in done.stderr) == (78, True)


def test_nothing_personal_or_secret_is_in_the_workers_log(stack):
    stack.sandbox.control.script("order-2", ["reject"])
    stack.sandbox.control.fault("status", status=500, times=1)
    with stack.producer() as producer:
        producer.send(contact("ann.kowalska@shop.example"))
        worker = stack.worker("worker", "--loglevel", "debug")
        stack.until_at_rest()
        producer.send_many([event(n, "ann.kowalska@shop.example") for n in range(4)])
    stack.until_at_rest()
    worker.stop()
    log = worker.log.read_text()
    assert "deliver.event.add" in log
    assert "ann.kowalska" not in log
    assert "order-2" not in log
    assert stack.sandbox.client.api_secret not in log


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("default:event.update", b"shares the lane of event.add"),
        ("default:evnt.add", b"'evnt.add' is no operation of salesmanago; did you mean event.add?"),
        ("default:event.add:7", b"has the partitions 0 to 0"),
        ("default:", b"'' is no operation of salesmanago; it has contact.upsert, "),
    ],
)
def test_pausing_what_would_hold_nothing_is_refused(stack, what, told):
    done = stack.run("pause", what)
    assert done.returncode == 2
    assert told in done.stderr.replace(b"\n", b" ")
    assert stack.client.hgetall(stack.keys.paused) == {}


def test_a_command_tells_a_warning_of_ours_in_one_line(stack):
    stack.configure(("[accounts.default]", '[accounts.default]\nmapping.event_types = {a = "AB"}'))
    told = stack.run("config").stderr.decode()
    assert told.startswith('Warning: accounts.default.mapping.event_types."a": AB is no known')
    assert told.count("\n") == 1
