"""Ledger, log, settings and the process itself."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from batchline.sandbox.control_client import Control
from batchline.sandbox.control_connection import SandboxError
from batchline.sandbox.runner import Sandbox
from batchline.sandbox.salesmanago.auth import Client
from tests.waiting import PATIENCE, until

ANN, BOB = "ann@shop.example", "bob@shop.example"


def test_the_ledger_lists_every_item_in_the_order_received(api, event):
    api.create(ANN)
    before = time.time()
    api.events(event(external_id="A"), event(BOB, "B"))
    api.events(event(external_id="A"))
    rows = api.control.ledger(operation="event.add")
    assert [(row["id"], row["key"], row["applied"]) for row in rows] == [
        ("A", ANN, True),
        ("B", BOB, False),
        ("A", ANN, True),
    ]
    assert [row["seq"] for row in rows] == [1, 2, 3]
    assert rows[0]["request"] == rows[1]["request"] == rows[2]["request"] - 1
    assert before <= rows[0]["at"] <= rows[2]["at"] <= time.time()


def test_the_ledger_can_be_asked_by_operation_key_id_client_and_from_a_row_on(api, event):
    api.create(ANN)
    api.events(*(event(external_id=name) for name in "ABC"))

    def ids(**query):
        return [row["id"] for row in api.control.ledger(**query)]

    assert ids() == [ANN, "A", "B", "C"]
    assert ids(operation="event.*", first=2) == ["B", "C"]
    assert ids(id="B") == ["B"]
    assert ids(operation="event.add", key=ANN) == ["A", "B", "C"]
    assert ids(client_id="another") == []
    assert ids(operation="push.send") == []


def test_the_summary_counts_requests_items_distinct_ids_and_outcomes(api, event):
    api.create(ANN)
    api.events(event(external_id="A"), event(external_id="B"), event(BOB, "C"))
    api.events(event(external_id="A"))
    api.events(event(external_id="D", value="text"))
    api.control.fault("status", times=1)
    api.send("contact/batchAddContactExtEvent", events=[event(external_id="E")])
    assert api.control.summary()["event.add"] == {
        "requests": 4,
        "items": 6,
        "distinct": 5,
        "repeated": 1,
        "applied": 3,
        "missing": 1,
        "refused": 1,
        "faulted": 1,
        "pending": 0,
    }


def test_a_batch_of_upserts_is_pending_until_it_takes_effect(api):
    api.control.settings(create_delay=600)
    api.batch({"contact": {"email": ANN}}, {"contact": {"email": "bob@invalid.example"}})
    counts = api.control.summary()["contact.upsert"]
    assert (counts["pending"], counts["applied"]) == (2, 0)
    api.control.settings(create_delay=0)
    counts = api.control.summary()["contact.upsert"]
    assert (counts["pending"], counts["applied"], counts["refused"]) == (0, 1, 1)


def test_a_malformed_batch_still_stands_in_the_ledger(api, event):
    api.events(event(external_id="A"), "no object", {"contactEvent": 5, "email": 7})
    rows = api.control.ledger()
    assert [(row["id"], row["outcome"]) for row in rows] == [
        ("A", "refused"),
        ("", "refused"),
        ("", "refused"),
    ]


def test_requests_are_numbered_and_logged_with_endpoint_status_items_and_times(api, event):
    api.events(event(), event())
    (request,) = api.control.requests()
    assert request["ended"] >= request["started"]
    assert request["bytes"] > 300
    expected = {
        "number": 1,
        "path": "/api/contact/batchAddContactExtEvent",
        "operation": "event.add",
        "client_id": api.client.client_id,
        "items": 2,
        "faults": [],
        "status": 200,
    }
    assert expected.items() <= request.items()
    api.events(event())
    assert [found["number"] for found in api.control.requests(after=1)] == [2]


def test_reset_forgets_everything_and_restores_the_settings(api, event):
    api.create(ANN)
    api.control.settings(create_delay=600)
    api.control.fault("status")
    api.control.script(BOB, ["reject"])
    api.control.add_client("other", "secret", [])
    api.control.reset()
    assert (api.control.summary(), api.control.requests(), api.control.contact(ANN)) == (
        {},
        [],
        None,
    )
    assert api.batch({"contact": {"email": BOB}})["success"] is True
    assert api.control.contact(BOB) is not None
    with pytest.raises(SandboxError, match="other is unknown"):
        api.control.contact(ANN, client_id="other")


def test_a_request_that_a_reset_overtakes_has_no_effect_afterwards(api):
    api.control.fault("latency", seconds=0.4)
    with pytest.raises(requests.exceptions.ReadTimeout):
        api.send("contact/upsert", contact={"email": ANN}, timeout=0.1)
    api.control.reset()
    time.sleep(0.4)
    assert (api.control.contact(ANN), api.control.summary()) == (None, {})


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("faults", {}, "kind: one of status, latency"),
        ("faults", {"kind": ["status"]}, "kind: one of"),
        ("faults", {"kind": "status", "status": 99}, "status: a whole number, 200 to 599"),
        ("faults", {"kind": "status", "probability": 2}, "probability: a number, 0 to 1"),
        ("faults", {"kind": "status", "when": 1}, "when: unknown field"),
        ("faults", {"kind": "status", "match": {"host": "x"}}, "match: an object with path"),
        ("faults", {"kind": "status", "path": "/x"}, "path: belongs into match"),
        ("scripts", {"id": "x"}, "a script has an id (text) and answers"),
        ("scripts", {"id": "x", "answers": []}, "answers: a list"),
        ("scripts", {"id": "x", "answers": ["maybe"]}, "kind: one of"),
        ("scripts", {"id": "x", "answers": ["latency"]}, "answers: latency is no answer"),
        ("settings", {"speed": 1}, "speed: unknown; known are create_delay"),
        ("settings", {"create_delay": "soon"}, "create_delay: must be a number"),
        (
            "settings",
            {"invalid_contacts": "xml"},
            "invalid_contacts: one of objects, emails, nested",
        ),
        ("coupons", {"email": 5}, "email: text"),
        ("clients", {"client_id": "x"}, "client_id and api_secret: text"),
        ("faults", [], "the body must be a JSON object"),
    ],
)
def test_a_wrong_control_request_is_refused_with_the_fields_name(api, path, body, message):
    answer = requests.post(f"{api.url}/_sandbox/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(message)


def test_a_thousand_items_are_handled_in_milliseconds_and_connections_side_by_side(api, event):
    api.create(ANN)
    batches = [
        [event(external_id=f"{batch}-{n}", products="p1,p2", value=9.99) for n in range(1000)]
        for batch in range(20)
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda batch: api.events(*batch), batches))
    assert sum(answer["createdAmount"] for answer in answers) == 20_000
    counts = api.control.summary()["event.add"]
    assert (counts["distinct"], counts["repeated"]) == (20_000, 0)
    requests_log = [found for found in api.control.requests() if found["operation"] == "event.add"]
    fastest = min(found["ended"] - found["started"] for found in requests_log)
    assert fastest < 0.2


def test_credentials_and_settings_of_the_start_are_the_runners_to_choose(tmp_path):
    client = Client("mine", "my secret", frozenset({"a@x.example", "b@x.example"}))
    with Sandbox(client, log=tmp_path / "log", create_delay=600, coupon_prefix="C-") as sandbox:
        assert sandbox.control.health() == {"status": "ok", "requests": 0}
        assert sandbox.control.contact(ANN, client_id="mine") is None
        url, first = sandbox.url, sandbox.pid
        sandbox.stop()
        with pytest.raises(SandboxError, match="does not answer"):
            sandbox.control.health()
        sandbox.start()
        assert (sandbox.url, sandbox.control.health()["status"]) == (url, "ok")
        assert sandbox.pid != first


def test_a_sandbox_that_cannot_start_says_so(tmp_path):
    log = tmp_path / "log"
    with pytest.raises(SandboxError, match="ended with status 2"):
        Sandbox(log=log, unknown_setting=1).start()
    assert "--unknown-setting" in log.read_text()


def test_the_command_line_prints_its_address_and_leaves_on_sigterm():
    argv = [sys.executable, "-m", "batchline.sandbox", "--port", "0"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().split()[1]
            assert Control(url).health()["status"] == "ok"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_the_sandbox_dies_with_its_parent():
    code = (
        "from batchline.sandbox.runner import Sandbox; import time\n"
        "with Sandbox() as sandbox: print(sandbox.url, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as parent:
        url = parent.stdout.readline().strip()
        parent.kill()
    until(lambda: not _answers(url), "the sandbox ends")


def _answers(url):
    try:
        return Control(url, timeout=1).health()["status"] == "ok"
    except SandboxError:
        return False
