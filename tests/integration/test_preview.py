"""`batchline preview`, `config --routes` and lines of contacts and events, as users type them."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from batchline.worker.devstack.sandbox import CREDENTIALS
from tests.builders import ANN


def line(op, data, **more):
    return json.dumps({"op": op, "data": data, **more})


CONTACTS = [
    line("contact", {"email": f"c{number}@shop.example", "tags": ["VIP"]}) for number in range(3)
]
EVENT = {"type": "PURCHASE", "email": ANN, "value": 19.99, "time": "2026-11-25T10:00:00+02:00"}
#: To a bulk of contacts.
ACCEPTED = b'{"asyncSessionId": "1"}'
NATIVE = line("coupon.redeem", {"email": ANN, "coupon": "SB-1"}, account="default", key="coupon-1")


def run(shop, *arguments, lines):
    return shop.run(*arguments, stdin="\n".join(lines).encode())


def test_lines_of_contacts_and_events_go_to_their_route_or_the_account_named(shop):
    lines = [*CONTACTS, line("event", EVENT, account="es"), NATIVE]
    done = run(shop, "enqueue", "-", lines=lines)
    assert done.stdout == b"5 lines: 5 accepted, 0 bad; 8 messages\n"
    assert {lane.lane: lane.backlog for lane in shop.status().lanes} == {
        "default:contact.upsert:0": 3,
        "es:contact.upsert:0": 3,
        "es:event.add_v2:0": 1,
        "default:coupon.redeem:0": 1,
    }
    done = run(shop, "enqueue", "-", "--account", "es", lines=CONTACTS)
    assert done.stdout == b"3 lines: 3 accepted, 0 bad\n"


BAD = [
    (line("contact", {"email": ANN, "emial": 1}), "data.emial: there is no such field"),
    (line("contact", {"email": ANN, "birthday": "1987-06-05"}), "account 'es': birthday: has no"),
    (line("contact", {}), "email, phone or external_id: give at least one"),
    (line("event", {**EVENT, "time": "soon"}), "data.time: must be ISO 8601"),
    (line("event", EVENT, account="sm"), "account 'sm' is not in the settings"),
    (line("contacts", {"email": ANN}), "did you mean contact"),
    ('{"op": "contact"}', "data: must be an object, the fields of a contact"),
]


@pytest.mark.parametrize("command", [["enqueue", "-"], ["preview", "-", "--account", "es"]])
def test_a_bad_line_is_named_with_its_field_and_the_rest_goes_on(shop, command):
    done = run(shop, *command, lines=[text for text, _ in BAD] + CONTACTS)
    assert done.returncode == 1
    told = done.stderr.decode().splitlines()
    assert [row.split(":")[0] for row in told] == [f"line {n + 1}" for n in range(len(BAD))]
    for row, (_, reason) in zip(told, BAD, strict=True):
        assert reason in row
    assert b"7 bad" in done.stdout or b"7 lines are bad" in done.stdout


def requests(text):
    """Request line, headers and body of each request shown."""
    for block in re.split(r"^# .*\n", text, flags=re.MULTILINE)[1:]:
        head, _, rest = block.partition("\n\n")
        first, *headers = head.splitlines()
        yield first, dict(header.split(": ", 1) for header in headers), rest.splitlines()[0]


@pytest.fixture
def recorder():
    """An API that says yes to everything, and what it was sent: request line, headers, body."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((f"{self.command} {self.path}", dict(self.headers), body))
            self.send_response(200)
            self.send_header("Content-Length", str(len(ACCEPTED)))
            self.end_headers()
            self.wfile.write(ACCEPTED)

        def log_message(self, *detail):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


def test_a_preview_is_what_the_worker_then_sends(shop, recorder):
    address, received = recorder
    text = shop.config.read_text()
    before, es = text.split("[accounts.es]")
    es = es.replace(f'url = "{shop.sandbox.url}"', f'url = "{address}"')
    es = es.replace("jobs = {", "jobs = {confirm = false, ")
    shop.config.write_text(f"{before}[accounts.es]{es}")
    (shop.folder / "f.jsonl").write_text("\n".join([*CONTACTS, CONTACTS[0], line("event", EVENT)]))
    shown = shop.run("preview", "f.jsonl", "--account", "es").stdout.decode()
    assert shown.splitlines()[-1] == "5 messages would go out as 2 requests"
    assert "# 1: contact.upsert, 4 messages of lane es:contact.upsert:0" in shown
    assert (shop.status().lanes, received) == ([], [])
    assert shop.run("enqueue", "f.jsonl", "--account", "es").returncode == 0
    shop.worker()
    shop.until_at_rest()
    for (first, headers, body), (sent_first, sent_headers, sent_body) in zip(
        sorted(requests(shown)), sorted(received), strict=True
    ):
        assert (first.replace(address, ""), body) == (sent_first, sent_body)
        assert headers == {name: sent_headers[name] for name in headers} | {
            "Authorization": "Basic ***"
        }


def test_a_preview_shows_no_secret_and_nothing_made_of_one(shop):
    secrets = [shop.sandbox.client.api_secret, CREDENTIALS["esputnik"]["api_key"], "test-key"]
    lines = [*CONTACTS, NATIVE, line("event", EVENT)]
    for account in ("default", "es"):
        shown = run(shop, "preview", "-", "--account", account, lines=lines).stdout.decode()
        assert "***" in shown
        for secret in secrets:
            assert secret not in shown
        for _, headers, body in requests(shown):
            assert headers.get("Authorization", "Basic ***") == "Basic ***"
            assert json.loads(body).get("sha", "***") == "***"


def test_a_preview_cuts_batches_as_the_lane_would_and_shows_as_many_as_asked(shop):
    lines = [line("contact", {"email": f"c{number}@shop.example"}) for number in range(2500)]
    done = run(
        shop, "preview", "-", "--limit", "1", lines=[*lines, line("event", EVENT, account="es")]
    )
    shown = done.stdout.decode()
    assert len(list(requests(shown))) == 1
    assert "# 1: contact.upsert, 1,000 messages of lane default:contact.upsert:0" in shown
    assert "... 2 more requests (--limit)" in shown
    assert shown.splitlines()[-1] == (
        "2,500 messages would go out as 3 requests; 1 lines are for other accounts"
    )


def test_the_routes_are_shown_field_by_field(shop):
    found = {
        (entry["message"], entry["account"]): entry
        for entry in map(json.loads, shop.run("config", "--routes", "--json").stdout.splitlines())
    }
    assert list(found) == [
        ("contact", "default"),
        ("contact", "es"),
        ("event", "default"),
        ("event", "es"),
    ]
    event = found["event", "default"]
    assert (event["system"], event["operation"], event["on_route"]) == (
        "salesmanago",
        "event.add",
        True,
    )
    assert event["fields"]["size"] == "detail:2"
    assert event["fields"]["phone"] == "ignore"
    assert found["contact", "es"]["fields"]["birthday"] is None
    table = shop.run("config", "--routes").stdout.decode()
    assert "none: refused" in table
    assert "detail:2" in table


def test_the_preview_of_a_routed_line_names_every_account_that_gets_it(shop):
    named = line("event", EVENT, account="default")
    told = run(shop, "preview", "-", lines=[*CONTACTS, named, NATIVE]).stdout.decode()
    assert told.splitlines()[-2] == (
        "3 lines name no account: enqueued without --account, each goes to default, es (its route)"
    )
    assert b"its route" not in run(shop, "preview", "-", lines=[named, NATIVE]).stdout
