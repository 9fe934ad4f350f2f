"""Files as people have them: encodings, packing, tables; and a run that goes on after a stop."""

from __future__ import annotations

import gzip
import json

import pytest

from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.store import head

NAMES = ["Zoë", "Łukasz", "Małgorzata", "Ann"]


def upsert(number, name="Ann", **more):
    data = {"contact": {"email": f"c{number}@shop.example", "name": name}}
    return json.dumps({"op": "contact.upsert", "data": data, **more}, ensure_ascii=False)


LINES = [upsert(number, name) for number, name in enumerate(NAMES)]
CSV = "E-mail;Name;Tags;Order\n" + "".join(
    f"c{number}@shop.example;{name};vip,new;o-{number}\n" for number, name in enumerate(NAMES)
)
MAPPED = (
    *("--account", "default", "--op", "contact"),
    *("--map", "email=E-mail", "--map", "first_name=Name"),
)
#: The section of the lane in the settings.
UPSERTS = '"contact.upsert"]\nlinger = 0.1'


def waiting(stack, operation="contact.upsert"):
    lane = stack.lane(operation).lane
    return [json.loads(entry.payload) for entry in head.all_entries(stack.store, lane, "0-0")]


def names(stack):
    return [one["contact"].get("name") for one in waiting(stack)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_letter_arrives_whatever_the_encoding_and_the_packing(stack, encoding, packed):
    data = "\r\n".join(LINES).encode(encoding)
    (stack.folder / "in").write_bytes(gzip.compress(data) if packed else data)
    done = stack.run("enqueue", "in")
    assert done.stdout.decode().strip() == "4 lines: 4 accepted, 0 bad"
    assert names(stack) == NAMES


def test_a_file_in_another_encoding_is_refused_whole(stack):
    data = "\n".join([upsert(9), *LINES[1:3]]).encode("cp1250")
    (stack.folder / "in.jsonl").write_bytes(data)
    for command in (["enqueue"], ["preview"], ["dead", "import"]):
        done = stack.run(*command, "in.jsonl")
        assert done.returncode == 2
        assert b"is not UTF-8 (line 2 and 1 more): nothing is read" in done.stderr
        assert b"iconv" in done.stderr
    assert stack.store.client.keys(f"{stack.store.keys.stream('')}*") == []


def test_byte_order_marks_on_lines_of_their_own_and_before_a_second_file_are_skipped(stack):
    mark = b"\xef\xbb\xbf"
    data = mark + b"\n" + LINES[0].encode() + b"\n" + mark + LINES[1].encode() + b"\n" + mark
    done = stack.run("enqueue", "-", stdin=data)
    assert done.stdout.decode().strip() == "2 lines: 2 accepted, 0 bad"
    assert names(stack) == NAMES[:2]


def test_a_packed_file_that_is_cut_off_is_refused_before_a_line_is_enqueued(stack):
    data = gzip.compress("\n".join(upsert(n) for n in range(500)).encode())[:-9]
    (stack.folder / "in.jsonl.gz").write_bytes(data)
    done = stack.run("enqueue", "in.jsonl.gz")
    assert done.returncode == 2
    assert b"cut off or damaged" in done.stderr
    assert stack.store.client.keys(f"{stack.store.keys.stream('')}*") == []


def test_a_csv_is_enqueued_by_its_columns_and_its_bad_rows_are_a_csv_again(stack):
    bad = "not an address;Eve;;o-9\n"
    (stack.folder / "shop.csv").write_text(CSV + bad, encoding="utf-8-sig")
    done = stack.run("enqueue", "shop.csv", *MAPPED, "--map", "tags=Tags", "--rejects", "bad.csv")
    assert done.returncode == 1
    assert done.stdout.decode().strip() == "5 lines: 4 accepted, 1 bad"
    told = b"line 6: data.email: must be an e-mail address: it holds a blank, remove it"
    assert told + b" (column E-mail)" in done.stderr
    assert names(stack) == NAMES
    assert waiting(stack)[0]["tags"] == ["vip", "new"]
    assert (stack.folder / "bad.csv").read_text() == CSV.splitlines()[0] + "\n" + bad


def test_a_csv_is_previewed_before_it_is_enqueued(stack):
    (stack.folder / "shop.csv").write_text(CSV)
    done = stack.run("preview", "shop.csv", *MAPPED)
    assert b"4 messages would go out as 1 request" in done.stdout
    assert "Małgorzata" in done.stdout.decode()
    assert stack.run("preview", "shop.csv", "--op", "contact").returncode == 2


def test_a_csv_without_a_mapping_says_what_is_missing(stack):
    (stack.folder / "shop.csv").write_text(CSV)
    done = stack.run("enqueue", "shop.csv")
    assert done.returncode == 2
    assert b"--op contact --map email=E-mail" in done.stderr


def test_rows_with_a_known_key_are_counted_as_such(stack):
    (stack.folder / "shop.csv").write_text(CSV)
    for known in ("", "; 4 of these messages known before, by their keys"):
        done = stack.run("enqueue", "shop.csv", *MAPPED, "--map", "key=Order")
        assert done.stdout.decode().strip() == f"4 lines: 4 accepted, 0 bad{known}"
    assert names(stack) == NAMES


def test_a_file_goes_on_with_the_line_that_is_named(stack):
    (stack.folder / "in.jsonl").write_text("\n".join(["nonsense", *LINES]))
    done = stack.run("enqueue", "in.jsonl", "--from-line", "4")
    assert done.stdout.decode().strip() == "2 lines: 2 accepted, 0 bad"
    assert names(stack) == NAMES[2:]
    (stack.folder / "shop.csv").write_text(CSV)
    done = stack.run("enqueue", "shop.csv", *MAPPED, "--from-line", "5", "--dry-run")
    assert done.stdout.decode().strip() == "1 line: 1 valid, 0 bad"


def test_a_run_that_stops_names_the_line_to_go_on_with_and_nothing_is_lost_or_doubled(stack):
    stack.configure((UPSERTS, f"{UPSERTS}\nbacklog_limit = 6000"))
    (stack.folder / "in.jsonl").write_text("\n".join(upsert(n) for n in range(7000)))
    done = stack.run("enqueue", "in.jsonl")
    assert done.returncode == 3
    told = done.stderr.decode()
    first = int(told.partition("--from-line ")[2].split()[0])
    assert len(waiting(stack)) == first - 1
    stack.configure((UPSERTS, f"{UPSERTS}\nbacklog_limit = 9000"))
    done = stack.run("enqueue", "in.jsonl", "--from-line", str(first))
    assert done.returncode == 0, done.stderr
    emails = [one["contact"]["email"] for one in waiting(stack)]
    assert emails == [f"c{n}@shop.example" for n in range(7000)]


def test_exported_dead_letters_come_back_from_a_packed_file_and_bad_lines_are_kept(stack):
    stack.sandbox.control.fault("reject", {"path": "/api/contact/useContactCoupon*"})
    stack.worker("first")
    with stack.producer() as producer:
        for number in range(3):
            producer.send(CouponRedemption(email=f"c{number}@shop.example", coupon=f"C-{number}ł"))
    stack.until_at_rest()
    assert stack.run("dead", "export", "dead.jsonl").returncode == 0
    exported = (stack.folder / "dead.jsonl").read_bytes()
    assert stack.run("dead", "purge", "--yes", "--all").returncode == 0
    twice = exported.splitlines()[0].replace(b'"op":', b'"op":"x","op":') + b"\n"
    (stack.folder / "dead.gz").write_bytes(gzip.compress(twice + exported))
    done = stack.run("dead", "import", "dead.gz", "--rejects", "bad.jsonl")
    assert done.stdout.decode().strip() == "4 lines: 3 imported, 0 here already, 1 bad"
    assert b"line 1: op: given twice" in done.stderr
    assert (stack.folder / "bad.jsonl").read_bytes() == twice
    assert stack.run("dead", "import", "dead.jsonl", "--from-line", "3").stdout.startswith(
        b"1 line: 0 imported, 1 here already"
    )


def test_rows_that_a_quote_has_swallowed_are_told_by_line_before_and_while_they_are_enqueued(stack):
    rows = 'E-mail,Name\na@b.pl,"Ann\nb@b.pl,Bob\nc@b.pl,Cid"\nd@b.pl,Dan\n'
    (stack.folder / "shop.csv").write_text(rows)
    for command in ("enqueue", "preview"):
        done = stack.run(command, "shop.csv", *MAPPED, "--account", "default")
        assert done.returncode == 0
        assert b"line 2: warning: lines 2 to 4 are one row" in done.stderr
    assert (
        b"2 valid, 0 bad; 1 doubtful"
        in stack.run(*("enqueue", "shop.csv", *MAPPED, "--account", "default", "--dry-run")).stdout
    )


def test_a_mapping_file_gives_the_options_and_a_wrong_one_is_told_once(stack):
    (stack.folder / "shop.csv").write_text("Mail,When\na@b.pl,25.11.2026 10:00\nb@b.pl,x\n")
    mapping = 'op = "event"\ntimezone = "Europe/Warsaw"\n[set]\ntype = "CART"\n[map]\n'
    columns = 'email = "Mail"\n"time:date:%d.%m.%Y %H:%M" = "When"\n'
    (stack.folder / "map.toml").write_text(mapping + columns)
    arguments = ("shop.csv", "--mapping", "map.toml", "--account", "default")
    shown = stack.run("preview", *arguments)
    assert b"line 3: column When: must be a date of the form" in shown.stderr
    assert b'"date":1795597200000' in shown.stdout  # 2026-11-25T09:00Z
    wrong = stack.run("enqueue", *arguments, "--map", "emial=Mail")
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert wrong.stderr.decode().count("did you mean email?") == 1
    assert stack.run("enqueue", *arguments, "--timezone", "Mars/Base").returncode == 2
