"""Dead letters as a workshop: filtered, mended, replayed, purged, taken out and brought back."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from batchline.producers import Outgoing, lanes
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.importer import Importer, Past
from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.inspection import status
from batchline.worker.store import journal
from batchline.worker.store.journal import Act
from tests.builders import applied, contact, event
from tests.letters import adds_up, dead
from tests.waiting import PATIENCE

#: Puts what stands in REPLACEMENT into the file, as an editor would; keeps what it was given.
EDITOR = """#!/bin/sh
cp "$1" "$1.seen"; cp "$1.seen" "{folder}/seen.json"; cp "{folder}/saved.json" "$1"
"""
HOUR = 3600 * 1000


def coupon(number, email="ann@shop.example"):
    return CouponRedemption(email=email, coupon=f"SB-{number}")


def listed(stack, *filters):
    output = stack.run("dead", "list", "--json", *filters)
    assert output.returncode == (0 if output.stdout or not filters else 4), output.stderr.decode()
    return [json.loads(row) for row in output.stdout.decode().splitlines()]


def listed_ids(stack, *filters):
    return [row["id"] for row in listed(stack, *filters)]


def acts(stack):
    lines = [line for line in journal.read(stack.store) if isinstance(line, Act)]
    return [(line.act, sorted(line.ids)) for line in lines]


# Walked through


def test_a_rejected_coupon_is_found_mended_replayed_and_delivered(stack):
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.worker()
        stack.until_at_rest()
        message_id = producer.send(CouponRedemption(email="ann@shop.example", coupon="unknown"))
    stack.until(lambda now: now.totals["dead"] == 1)
    found = listed(stack, "--reason", "rejected", "--contact", "Ann@shop.example")
    assert [row["id"] for row in found] == [message_id]
    stack.sandbox.control.assign_coupons("ann@shop.example", ["SB-1"])
    done = stack.run("dead", "edit", message_id, "--set", "coupon=SB-1", "--replay")
    assert (done.returncode, done.stdout) == (0, b"edited: coupon\n1 replayed\n")
    stack.until(lambda now: now.totals["delivered"] == 2)
    stack.until_at_rest()
    assert applied(stack, "coupon.redeem") == ["SB-1"]
    assert listed(stack) == []


def test_history_is_kept_across_edit_replay_and_the_next_death(stack):
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.worker()
        stack.until_at_rest()
        message_id = producer.send(CouponRedemption(email="ann@shop.example", coupon="unknown"))
    stack.until(lambda now: now.totals["dead"] == 1)
    stack.run("dead", "edit", message_id, "--set", "coupon=unknown-too")
    stack.run("dead", "replay", message_id)
    stack.until(lambda _: listed(stack) and len(listed(stack)[0]["history"]) == 4)
    history = listed(stack)[0]["history"]
    refused, edited, replayed, refused_again = [detail for _, detail in history]
    assert (edited, replayed) == ("edited: coupon", "replayed")
    assert refused
    assert refused_again
    assert [at for at, _ in history] == sorted(at for at, _ in history)


# Filters


def test_every_filter_narrows_the_set(stack):
    long_ago, just_now = round(time.time() * 1000) - 3 * HOUR, round(time.time() * 1000)
    old = dead(
        stack, [coupon(1), coupon(2, "Bob@Shop.example")], "rejected", "expired", at=long_ago
    )
    new = dead(stack, [event(1), event(2, "bob@shop.example")], "contact_missing", at=just_now)
    every = [*old, *new]
    wanted = {
        (): every,
        ("--operation", "event.add"): new,
        ("--reason", "expired"): [old[1]],
        ("--account", "default"): every,
        ("--account", "other"): [],
        ("--until", "2h"): old,
        ("--since", "120m"): new,
        ("--until", "1h", "--since", "1d"): old,
        ("--contact", "BOB@shop.example"): [old[1], new[1]],
        ("--text", "sb-2"): [old[1]],
        ("--text", "words for CONTACT"): new,
        ("--limit", "3"): every[:3],
        ("--contact", "bob@shop.example", "--reason", "expired"): [old[1]],
    }
    for filters, ids in wanted.items():
        assert listed_ids(stack, *filters) == ids, filters
    filters = ("--contact", "bob@shop.example", "--until", "1h", "--limit", "5")
    exported = stack.run("dead", "export", "-", *filters).stdout.decode().splitlines()
    assert [json.loads(row)["id"] for row in exported] == [old[1]]
    for command, verb in (("replay", "replayed"), ("purge", "purged")):
        done = stack.run("dead", command, *filters, "--dry-run")
        assert done.stdout.decode() == f"1 would be {verb}\n"
        assert done.stderr.decode() == "1 expired\n"
    assert stack.run("dead", "export", "x.jsonl", *filters, "--dry-run").returncode == 0
    assert not (stack.folder / "x.jsonl").exists()
    assert listed_ids(stack) == every
    assert acts(stack) == []


def test_the_list_counts_by_reason_with_a_line_of_help_each(stack):
    dead(stack, [coupon(n) for n in range(5)], "rejected", "expired", "rejected")
    shown = " ".join(stack.run("dead", "list", "--limit", "2").stdout.decode().split())
    assert "... and 3 more" in shown
    assert "[/no]" in shown
    for reason, count in (("rejected", 3), ("expired", 2)):
        detail = " ".join(REASONS[reason].split())
        assert f"{count} {reason}: {detail}" in shown


@pytest.mark.parametrize(
    "filters",
    [("--contact", ""), ("--text", " "), ("--until", "2"), ("--reason", "unlucky")],
)
def test_a_filter_that_says_nothing_or_nonsense_changes_nothing(stack, filters):
    dead(stack, [coupon(1)])
    done = stack.run("dead", "purge", *filters, "--yes")
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert len(listed(stack)) == 1


def test_a_filter_by_an_account_that_is_not_in_the_settings_is_told(stack):
    done = stack.run("dead", "list", "--account", "defalt")
    assert b"account 'defalt' is not in the settings (known: default)" in done.stderr


def test_an_id_that_is_no_dead_letter_stops_the_whole_command(stack):
    ids = dead(stack, [coupon(1)])
    other = "default:coupon.redeem:0@1-1"
    done = stack.run("dead", "purge", ids[0], other, "--yes")
    assert done.returncode == 4
    assert f"no dead letters: {other}" in done.stderr.decode()
    assert listed_ids(stack) == ids


# Editing


def edit(stack, message_id, *arguments):
    done = stack.run("dead", "edit", message_id, *arguments)
    assert b"Traceback" not in done.stderr
    return done


def test_what_edit_refuses_names_field_and_reason_and_changes_nothing(stack):
    (message_id,) = dead(stack, [event(1)])
    before = listed(stack)
    refused = {
        "email=no address": "data.email: must be an e-mail address",
        "contactEvent.value=1.999": "data.contactEvent.value: must have at most 2 decimals",
        "contactEvent.valeu=1": "data.contactEvent.valeu: the API documents no such field",
        "email=null": "data: email or contactId: give at least one",
        "email.x=1": "data.email: has no fields, so x cannot be set in it",
    }
    for assignment, detail in refused.items():
        done = edit(stack, message_id, "--set", assignment)
        assert done.returncode == 1, assignment
        assert detail in done.stderr.decode(), assignment
        assert "Nothing is changed." in done.stderr.decode()
    assert edit(stack, message_id, "--set", "email").returncode == 2
    assert listed(stack) == before


def test_edit_takes_names_of_the_api_and_of_python_and_options_of_the_request(stack):
    (message_id,) = dead(stack, [event(1)])
    done = edit(
        stack,
        message_id,
        *("--set", "contact_event.contact_ext_event_type=CART"),
        *("--set", "contactEvent.value=7.20"),
        *("--set", "contactEvent.detail1=42"),
        *("--set", "contact_event.external_id=null"),
        *("--set", "owner=other@vendor.pl"),
    )
    assert done.returncode == 0, done.stderr.decode()
    (letter,) = listed(stack)
    changed = letter["data"]["contactEvent"]
    assert (changed["contactExtEventType"], changed["value"]) == ("CART", 7.2)
    assert changed["detail1"] == "42"
    # As a producer would: an event without an identifier gets one.
    assert changed["externalId"].startswith("batchline-")
    assert letter["options"] == {"owner": "other@vendor.pl"}
    names = {"contactExtEventType", "value", "detail1", "externalId"}
    named = set(letter["history"][-1][1].removeprefix("edited: ").split(", "))
    assert named == {f"contactEvent.{name}" for name in names} | {"owner"}


def test_edit_opens_the_editor_with_what_enqueue_takes(stack, monkeypatch):
    (message_id,) = dead(stack, [Outgoing(coupon(1))])
    editor = stack.folder / "editor"
    editor.write_text(EDITOR.format(folder=stack.folder))
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(stack.folder))
    saved = stack.folder / "saved.json"
    line = {"op": "coupon.redeem", "account": "default"}
    data = {"email": "ann@shop.example", "coupon": "SB-1"}

    saved.write_text(json.dumps({**line, "data": data}))
    os.utime(saved, (1, 1))
    assert edit(stack, message_id).stdout == b"nothing is changed\n"
    assert json.loads((stack.folder / "seen.json").read_text()) == {**line, "data": data}

    for text, detail in (
        ("{", "not JSON"),
        (json.dumps({**line, "op": "event.add", "data": data}), "op: must stay coupon.redeem"),
        (json.dumps({**line, "data": {**data, "coupon": ""}}), "data.coupon"),
        (json.dumps({**line, "data": data, "key": "k"}), "key: no such field"),
    ):
        saved.write_text(text)
        done = edit(stack, message_id)
        assert (done.returncode, detail in done.stderr.decode()) == (1, True), done.stderr.decode()
        kept = Path(re.search(r"What you wrote is kept in (\S+)\.", done.stderr.decode())[1])
        assert (kept.read_text(), kept.stat().st_mode & 0o777) == (text, 0o600)

    saved.write_text(json.dumps({**line, "data": {**data, "coupon": "SB-2"}}))
    shown = edit(stack, message_id, "--dry-run")
    assert json.loads(shown.stdout)["data"]["coupon"] == "SB-2"
    assert listed(stack)[0]["data"] == data
    assert edit(stack, message_id).stdout == b"edited: coupon\n"
    assert listed(stack)[0]["data"] == {**data, "coupon": "SB-2"}


def test_a_contact_changed_by_edit_takes_its_letter_to_the_contacts_lane(stack):
    partitioned = (
        '[accounts.default.operations."coupon.redeem"]\npartitions = 4\n[accounts.default.'
    )
    stack.configure(
        ('[accounts.default.operations."event.add"]', f'{partitioned}operations."event.add"]')
    )
    by_partition = {}
    for number in range(50):
        email = f"c{number}@shop.example"
        by_partition.setdefault(lanes.partition_of(email, 4), email)
    (message_id,) = dead(stack, [coupon(1, by_partition[0])])
    assert edit(stack, message_id, "--set", f"email={by_partition[3]}").returncode == 0
    adds_up(stack)
    per_lane = {lane.lane: (lane.accepted, lane.dead) for lane in stack.status().lanes}
    assert per_lane == {"default:coupon.redeem:0": (0, 0), "default:coupon.redeem:3": (1, 1)}
    stack.run("dead", "replay", message_id)
    assert stack.client.xlen(stack.keys.stream(Lane("default", "coupon.redeem", 3))) == 1
    assert listed(stack) == []
    adds_up(stack)


def test_a_letter_that_somebody_else_has_changed_is_not_overwritten(stack):
    (message_id,) = dead(stack, [coupon(1)])
    mine = dead_letters.show(stack.store, message_id)
    edit(stack, message_id, "--set", "coupon=SB-2")
    assert not dead_letters.put(stack.store, mine, mine)
    assert listed(stack)[0]["data"]["coupon"] == "SB-2"


def test_a_letter_that_is_edited_while_it_is_replayed_keeps_the_edit(stack, monkeypatch):
    (message_id,) = dead(stack, [coupon(1)])
    before = list(dead_letters.find(stack.store))
    edit(stack, message_id, "--set", "coupon=SB-2")
    monkeypatch.setattr(dead_letters, "read", lambda store, ids: iter(before))
    assert dead_letters.replay(stack.store, [message_id]).done == 0
    assert listed(stack)[0]["data"]["coupon"] == "SB-2"


# Replaying


def test_messages_are_replayed_in_the_order_in_which_they_were_enqueued(stack):
    """Those of one call share a millisecond, and die in one batch: their ids sort badly as text."""
    ids = dead(stack, [event(n) for n in range(30)])
    assert stack.run("dead", "replay", "--all").stdout == b"30 replayed\n"
    metas = [entry.meta for entry in stack.entries(Lane("default", "event.add"))]
    assert [meta.id for meta in metas] == ids
    assert all(meta.history[-1][1] == "replayed" for meta in metas)
    assert all(meta.tries == 0 for meta in metas)
    assert acts(stack) == [("replayed", sorted(ids))]
    adds_up(stack)


def test_replaying_at_a_rate_shows_progress_and_stops_cleanly_by_ctrl_c(stack):
    ids = dead(stack, [coupon(n) for n in range(400)])
    terminal, stderr = pty.openpty()
    started = time.monotonic()
    replaying = subprocess.Popen(
        [sys.executable, "-m", "batchline", "dead", "replay", "--all", "--rate", "40"],
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=stack.folder,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(stderr)
    stack.until(lambda now: now.totals["backlog"] >= 120)
    took = time.monotonic() - started
    replaying.send_signal(signal.SIGINT)
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    output, _ = replaying.communicate(timeout=PATIENCE)
    assert replaying.returncode == 130
    done = int(output.split()[0])
    assert output.decode() == f"{done} replayed\n"
    assert 120 <= done <= 40 * (took + 1) + 1
    assert f"stopped: {400 - done} stay dead letters" in shown.decode()
    assert "/400" in shown.decode()
    assert listed_ids(stack) == ids[done:]
    adds_up(stack)


# Purging, taking out, bringing back


def export(stack, *filters):
    done = stack.run("dead", "export", "letters.jsonl", *filters)
    assert done.returncode == 0, done.stderr.decode()
    return (stack.folder / "letters.jsonl").read_text().splitlines()


def imported(stack, *arguments):
    done = stack.run("dead", "import", "letters.jsonl", *arguments)
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout.decode().strip(), done.stderr.decode()


def without_last(rows):
    return [{**row, "history": row["history"][:-1]} for row in rows]


def test_a_letter_that_is_no_json_is_mended_in_the_editor_and_replayed(stack, monkeypatch):
    (message_id,) = dead(stack, [coupon(1)])
    found = dead_letters.show(stack.store, message_id)
    assert dead_letters.put(stack.store, found, replace(found, payload="{cut of"))
    editor = stack.folder / "editor"
    editor.write_text(EDITOR.format(folder=stack.folder))
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    data = {"email": "ann@shop.example", "coupon": "SB-2"}
    line = {"op": "coupon.redeem", "account": "default", "data": data}
    saved = stack.folder / "saved.json"
    saved.write_text(json.dumps(line))
    os.utime(saved, (1, 1))
    refused = edit(stack, message_id, "--set", "coupon=SB-2")
    assert (refused.returncode, b"is no JSON object" in refused.stderr) == (1, True)
    done = edit(stack, message_id, "--replay")
    assert done.stdout == b"edited: payload, email, coupon\n1 replayed\n", done.stderr
    seen = json.loads((stack.folder / "seen.json").read_text())
    assert seen["data"] == {"payload": "{cut of"}
    assert [json.loads(one.payload) for one in stack.entries(Lane("default", "coupon.redeem"))] == [
        data
    ]


def test_what_was_exported_and_purged_comes_back_as_it_was_and_the_totals_with_it(stack):
    owned = contact("ann@shop.example", owner="o@vendor.pl")
    dead(stack, [event(1), coupon(1), owned], "expired")
    before, totals = listed(stack), stack.status().totals
    assert len(export(stack)) == 3
    assert stack.run("dead", "purge", "--all", "--yes").stdout == b"3 purged\n"
    assert stack.status().totals["purged"] == 3
    adds_up(stack)
    assert imported(stack, "--dry-run")[1] == (
        "3 lines: 3 would be imported, 0 here already, 0 bad"
    )
    assert listed(stack) == []
    assert imported(stack)[:2] == (0, "3 lines: 3 imported, 0 here already, 0 bad")
    after = listed(stack)
    assert without_last(after) == before
    assert [row["history"][-1][1] for row in after] == ["imported"] * 3
    assert stack.status().totals == totals
    adds_up(stack)


def test_a_dry_run_before_the_purge_ends_with_0_unless_a_line_is_bad(stack):
    dead(stack, [coupon(n) for n in range(2)])
    first, second = export(stack)
    assert imported(stack, "--dry-run")[:2] == (
        0,
        "2 lines: 0 would be imported, 2 here already, 0 bad",
    )
    mended = json.dumps({**json.loads(first), "data": {"email": "ann", "coupon": "SB-1"}})
    (stack.folder / "letters.jsonl").write_text(f"{mended}\n{second}\n")
    assert imported(stack, "--dry-run")[0] == 1
    (stack.folder / "letters.jsonl").write_text(f"{second}\n{second}\n")
    assert imported(stack, "--dry-run")[0] == 1
    (stack.folder / "letters.jsonl").write_text(f"{second}\n")
    assert imported(stack)[0] == 1


def test_letters_of_another_redis_count_as_accepted_here(stack):
    dead(stack, [coupon(1), coupon(2)])
    export(stack)
    stack.client.flushall()
    dead(stack, [coupon(3)])
    stack.run("dead", "purge", "--all", "--yes")
    assert imported(stack)[:2] == (0, "2 lines: 2 imported, 0 here already, 0 bad")
    totals = stack.status().totals
    assert (totals["accepted"], totals["purged"], totals["dead"]) == (3, 1, 2)
    adds_up(stack)


def test_a_letter_is_not_imported_while_its_message_is_anywhere_here(stack):
    dead(stack, [coupon(n) for n in range(2)])
    first, _ = export(stack)
    ids = listed_ids(stack)
    assert imported(stack)[:2] == (1, "2 lines: 0 imported, 2 here already, 0 bad")
    stack.run("dead", "replay", ids[0])
    code, counts, told = imported(stack)
    assert (code, counts) == (1, "2 lines: 0 imported, 2 here already, 0 bad")
    assert f"line 1: {ids[0]} is here already and waits in its lane" in told
    assert f"line 2: {ids[1]} is a dead letter here already" in told

    with stack.producer() as producer:
        parked = producer.send(coupon(7), delay=600)
        waiting = producer.send(coupon(8))
    lines = [json.dumps({**json.loads(first), "id": one}) for one in (parked, waiting)]
    fresh = json.dumps({**json.loads(first), "id": "default:coupon.redeem:0@1-1"})
    (stack.folder / "letters.jsonl").write_text("\n".join([*lines, fresh, fresh]))
    for options, verb in ((("--dry-run",), "would be imported"), ((), "imported")):
        code, counts, told = imported(stack, *options)
        assert (code, counts) == (1, f"4 lines: 1 {verb}, 3 here already, 0 bad")
        assert f"line 1: {parked} is here already, parked" in told
        assert f"line 2: {waiting} is here already and waits in its lane" in told
        assert "line 4: default:coupon.redeem:0@1-1 stands in the file before" in told
    adds_up(stack)


def test_a_letter_that_is_replayed_while_it_is_imported_is_not_there_twice(stack, monkeypatch):
    ids = dead(stack, [coupon(n) for n in range(3)])
    letters = list(dead_letters.find(stack.store))
    importer = Importer(stack.store, dry_run=False, window=60)
    # Between the search of the lanes and the script.
    monkeypatch.setattr(
        importer, "_search_jobs", lambda: dead_letters.act(stack.store, "replay", ids[:2])
    )
    assert importer.add(letters) == ["waiting", "waiting", "dead"]
    assert listed_ids(stack) == ids[2:]
    adds_up(stack)


def test_a_message_that_waits_for_its_jobs_result_is_not_imported(stack):
    stack.sandbox.control.settings(create_delay=60)
    stack.configure(("until = 3}", "until = 600}"))
    (message_id,) = dead(stack, [contact("ann@shop.example")])
    export(stack)
    stack.run("dead", "replay", message_id)
    stack.worker()
    stack.until(lambda now: now.totals["delivered"] == 1)
    code, _, told = imported(stack)
    assert (code, "waits for its job's result" in told) == (1, True)


def test_a_letter_that_was_replayed_and_delivered_is_not_imported(stack):
    """Its message would be sent twice: an export is older than what became of its letters."""
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.worker()
    stack.until_at_rest()
    stack.sandbox.control.assign_coupons("ann@shop.example", ["SB-7"])
    with stack.producer() as producer:
        message_id = producer.send(CouponRedemption(email="ann@shop.example", coupon="unknown"))
    stack.until(lambda now: now.totals["dead"] == 1)
    stack.run("dead", "edit", message_id, "--set", "coupon=SB-7")
    export(stack)
    stack.run("dead", "replay", message_id)
    stack.until(lambda now: now.totals["delivered"] == 2)
    for options in (("--dry-run",), ()):
        _, counts, told = imported(stack, *options)
        assert counts.endswith(", 1 here already, 0 bad")
        assert f"{message_id} was replayed here" in told
    assert listed_ids(stack) == []
    adds_up(stack)


def test_a_letter_that_died_again_and_was_purged_is_imported(stack):
    ids = dead(stack, [coupon(n) for n in range(2)])
    letters = list(dead_letters.find(stack.store))
    importer = Importer(stack.store, dry_run=False, window=60)
    for act in ("replay", "purge"):
        dead_letters.act(stack.store, act, ids[:1])
    dead_letters.act(stack.store, "purge", ids[1:])
    assert importer.add(letters) == ["waiting", "new"]


@pytest.mark.parametrize(
    ("done", "purged", "replayed"),
    [
        (["replayed"], False, True),
        (["purged"], True, False),
        (["replayed", "purged"], True, False),
        (["purged", "imported", "replayed"], False, True),
        (["replayed", "imported"], False, False),
        (["replayed", "erased"], False, False),
    ],
)
def test_the_last_act_says_how_a_letter_left_also_while_a_file_is_read(
    store, done, purged, replayed
):
    past = Past(store)
    for act in done:
        store.client.xadd(
            store.keys.journal, {"lane": "default:x:0", "act": act, "ids": '["default:x:0@1-1"]'}
        )
        past.read_on()
    assert (bool(past.purged), bool(past.replayed)) == (purged, replayed)


def test_lines_that_are_no_letters_are_told_with_field_and_reason(stack):
    dead(stack, [event(1)])
    line = json.loads(export(stack)[0])
    stack.run("dead", "purge", "--all", "--yes")
    bad = [
        ({"id": "order-1"}, "id: no message id"),
        ({"account": "shop"}, "account: the id says default"),
        ({"op": "coupon.redeem"}, "op: the id says event.add"),
        ({"reason": "unlucky"}, "reason: unknown; known: contact_missing"),
        ({"died_at": "today"}, "died_at: must be UNIX milliseconds"),
        ({"history": [[1]]}, "history: must be a list"),
        ({"detail": 7}, "detail: must be a text"),
        ({"options": {"email": "x@y.pl"}}, "options.email: stands in data too"),
        ({"data": {}}, "data.contactEvent: is required"),
        ({"tag": 1}, "tag: no such field"),
    ]
    rows = ["{", json.dumps({"op": "event.add", "data": {}})]
    rows += [json.dumps({**line, **change}) for change, _ in bad]
    (stack.folder / "letters.jsonl").write_text("\n".join(rows))
    code, counts, told = imported(stack)
    assert (code, counts) == (1, f"{len(rows)} lines: 0 imported, 0 here already, {len(rows)} bad")
    detail = ["not JSON", "id: is missing", *(detail for _, detail in bad)]
    for number, (row, wanted) in enumerate(zip(told.splitlines(), detail, strict=True), start=1):
        assert row.startswith(f"line {number}: "), row
        assert wanted in row, row


def test_letters_mended_in_the_file_belong_to_their_new_contact(stack):
    dead(stack, [coupon(1)])
    line = json.loads(export(stack)[0])
    stack.run("dead", "purge", "--all", "--yes")
    line["data"]["email"] = "Bob@shop.example"
    (stack.folder / "letters.jsonl").write_text(json.dumps(line))
    assert imported(stack)[0] == 0
    assert listed(stack, "--contact", "bob@shop.example")[0]["id"] == line["id"]


def test_exported_letters_are_messages_that_enqueue_takes_once(stack):
    dead(stack, [coupon(1), contact("ann@shop.example", owner="o@vendor.pl")])
    export(stack)
    stack.run("dead", "purge", "--all", "--yes")
    known = b"; 2 of these messages known before, by their keys"
    for more in (b"", known):
        done = stack.run("enqueue", "letters.jsonl")
        assert (done.returncode, done.stdout) == (0, b"2 lines: 2 accepted, 0 bad" + more + b"\n")
    waiting = {
        name: stack.entries(Lane("default", name)) for name in ("coupon.redeem", "contact.upsert")
    }
    assert [len(entries) for entries in waiting.values()] == [1, 1]
    assert waiting["contact.upsert"][0].options == '{"owner":"o@vendor.pl"}'


def test_purging_frees_memory_on_a_full_server(stack):
    dead(stack, [coupon(n) for n in range(50)])
    stack.client.config_set("maxmemory", 1)
    try:
        done = stack.run("dead", "purge", "--all", "--yes")
    finally:
        stack.client.config_set("maxmemory", 0)
    assert (done.returncode, done.stdout) == (0, b"50 purged\n"), done.stderr.decode()
    adds_up(stack)


def test_purging_asks_first_and_says_what(stack):
    ids = dead(stack, [coupon(n) for n in range(3)], "rejected", "expired", "expired")
    done = stack.run("dead", "purge", "--all", stdin=b"n\n")
    assert done.returncode == 2
    assert b"2 expired, 1 rejected" in done.stderr
    assert listed_ids(stack) == ids
    done = stack.run("dead", "purge", "--reason", "expired", "--yes")
    assert done.stdout == b"2 purged\n"
    assert status.read(stack.store).totals["purged"] == 2


def test_an_export_overwrites_no_file_unless_it_is_forced(stack):
    dead(stack, [coupon(1)])
    file = stack.folder / "letters.jsonl"
    file.write_text("the only copy of yesterday\n")
    done = stack.run("dead", "export", "letters.jsonl")
    assert (done.returncode, b"--force" in done.stderr) == (2, True)
    assert file.read_text() == "the only copy of yesterday\n"
    assert stack.run("dead", "export", "letters.jsonl", "--dry-run").returncode == 0
    assert len(export(stack, "--force")) == 1
    assert stack.run("dead", "export", "/dev/null").returncode == 0, "no file that could be lost"


def test_many_are_mended_in_a_file_as_the_document_says(stack):
    document = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    (block,) = re.findall(r"Many are mended in a file: .*?\n\n((?:    .*\n)+)", document)
    commands = block.replace("batchline ", f"{sys.executable} -m batchline ")
    wrong = [CouponRedemption(email="ann@shop.example", coupon=f"SB_{n}") for n in range(3)]
    dead(stack, [*wrong, coupon(9)], "rejected", "rejected", "rejected", "expired")
    ids = listed_ids(stack, "--reason", "rejected")
    told = []
    for command in commands.splitlines():
        if command.strip().startswith("jq "):  # which not every machine has
            rows = (stack.folder / "mended.jsonl").read_text().splitlines()
            here = [json.loads(row)["id"] for row in rows]
            command = f"echo {' '.join(here)} | {command.partition('| ')[2]}"
        done = subprocess.run(
            ["sh", "-c", command], cwd=stack.folder, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        told.append(done.stdout.decode().strip())
    assert told == [
        "",
        "",
        "3 lines: 0 would be imported, 3 here already, 0 bad",
        "3 purged",
        "3 lines: 3 imported, 0 here already, 0 bad",
        "3 replayed",
    ]
    lane = Lane("default", "coupon.redeem")
    waiting = {one.id(lane): json.loads(one.payload)["coupon"] for one in stack.entries(lane)}
    assert waiting == {ids[n]: f"SB-{n}" for n in range(3)}
    assert [row["reason"] for row in listed(stack)] == ["expired"]
    adds_up(stack)
