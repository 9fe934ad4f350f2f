"""Each kind of fault as `requests` sees it, and what it leaves behind in the sandbox."""

import errno
import time

import pytest
import requests
from requests.exceptions import ChunkedEncodingError, ConnectionError, ReadTimeout, Timeout

from tests.waiting import PATIENCE

ANN, BOB = "ann@shop.example", "bob@shop.example"
BATCH = "/api/contact/batchAddContactExtEvent"


@pytest.fixture(autouse=True)
def contacts(api):
    api.create(ANN)


def send(api, event, external_id="order-1", timeout=PATIENCE):
    events = [event(external_id=external_id)]
    return api.send("contact/batchAddContactExtEvent", events=events, timeout=timeout)


def added(api):
    return [event["externalId"] for event in api.control.contact(ANN)["events"]]


def outcomes(api):
    return [row["outcome"] for row in api.control.ledger(operation="event.add")]


def test_status_answers_with_that_status_and_retry_after_and_has_no_effect(api, event):
    api.control.fault("status", status=429, retry_after="2", times=1)
    answer = send(api, event)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert (added(api), outcomes(api)) == ([], ["faulted"])
    assert send(api, event).json()["success"] is True


def test_status_gives_any_body_that_is_asked_for(api, event):
    api.control.fault("status", status=200, body='{"success": "yes"}', times=1)
    assert send(api, event).json() == {"success": "yes"}


def test_after_apply_lets_the_request_take_effect_and_spoils_the_answer(api, event):
    api.control.fault("status", status=503, after_apply=True, times=1)
    assert send(api, event).status_code == 503
    assert (added(api), outcomes(api)) == (["order-1"], ["applied"])


def test_latency_delays_and_latencies_add_up(api, event):
    for _ in range(2):
        api.control.fault("latency", seconds=0.15)
    started = time.monotonic()
    assert send(api, event).json()["success"] is True
    assert 0.3 <= time.monotonic() - started < 2


@pytest.mark.parametrize("after_apply", [False, True])
def test_a_client_that_leaves_during_a_latency_leaves_its_request_behind(api, event, after_apply):
    api.control.fault("latency", seconds=0.5, after_apply=after_apply)
    with pytest.raises(ReadTimeout):
        send(api, event, timeout=0.1)
    assert added(api) == (["order-1"] if after_apply else [])
    time.sleep(0.5)
    assert added(api) == ["order-1"]


def test_hang_answers_nothing_until_the_client_goes(api, event):
    api.control.fault("hang")
    with pytest.raises(ReadTimeout):
        send(api, event, timeout=0.2)
    api.session.close()
    time.sleep(0.1)
    (request,) = [found for found in api.control.requests() if found["faults"]]
    assert (request["status"], request["faults"]) == (0, ["hang"])
    assert request["ended"] - request["started"] > 0.1  # its clock began a moment later
    assert added(api) == []


def test_hang_ends_the_connection_after_its_seconds(api, event):
    api.control.fault("hang", seconds=0.2)
    started = time.monotonic()
    with pytest.raises(ConnectionError):
        send(api, event)
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("after_apply", [False, True])
def test_reset_is_a_tcp_reset(api, event, after_apply):
    api.control.fault("reset", after_apply=after_apply, times=1)
    with pytest.raises(ConnectionError) as caught:
        send(api, event)
    assert str(errno.ECONNRESET) in str(caught.value)
    assert added(api) == (["order-1"] if after_apply else [])
    assert send(api, event, "order-2").status_code == 200


def test_half_sends_the_headers_of_the_whole_and_half_the_body(api, event):
    api.control.fault("half", after_apply=True, times=1)
    with pytest.raises(ChunkedEncodingError, match="IncompleteRead"):
        send(api, event)
    assert added(api) == ["order-1"]


def test_reject_refuses_the_whole_request_in_the_apis_own_shape(api, event):
    api.control.fault("reject", times=1)
    answer = send(api, event)
    refused = {"success": False, "message": ["[sandbox] refused by a fault"]}
    assert (answer.status_code, answer.json()) == (200, refused)
    assert (added(api), outcomes(api)) == ([], ["refused"])


def test_reject_items_refuses_its_share_of_the_items_and_always_the_same_ones(api, event):
    api.control.fault("reject_items", probability=0.3, seed=7)
    events = [event(external_id=f"order-{n}") for n in range(200)]
    first = api.events(*events)
    assert first["failedContacts"] == [ANN]
    assert 30 < first["failedAmount"] < 90
    assert first["createdAmount"] == 200 - first["failedAmount"]
    once = added(api)
    assert api.events(*events)["failedAmount"] == first["failedAmount"]
    assert added(api) == once + once


def test_reject_items_puts_contacts_among_the_invalid_and_refuses_a_single_call(api):
    api.control.fault("reject_items", {"operation": "contact.upsert"}, times=1)
    request_id = api.batch({"contact": {"email": BOB}})["requestId"]
    (invalid,) = api.result_file(request_id)["invalidContacts"]
    assert invalid == {"email": BOB, "message": "[sandbox] refused by a fault"}
    api.control.fault("reject_items", times=1)
    redeemed = api.post("contact/useContactCoupon", owner=..., email=ANN, coupon="SB-1")
    assert redeemed["success"] is False


def test_html_comes_instead_of_json(api, event):
    api.control.fault("html", status=200, times=1)
    answer = send(api, event)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    assert answer.text.startswith("<html>")


def test_truncated_is_complete_http_with_json_cut_in_two(api, event):
    api.control.fault("truncated", after_apply=True, times=1)
    answer = send(api, event)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert added(api) == ["order-1"]


def test_huge_is_valid_json_of_the_size_asked_for(api, event):
    api.control.fault("huge", bytes=3_000_000, times=1)
    answer = send(api, event)
    assert len(answer.content) == 3_000_000
    assert "success" not in answer.json()


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({}, True),
        ({"path": BATCH}, True),
        ({"path": "/api/contact/*"}, True),
        ({"path": "/api/contact/upsert"}, False),
        ({"operation": "event.*"}, True),
        ({"operation": "push.*"}, False),
        ({"client_id": "sandbox-client"}, True),
        ({"client_id": "another"}, False),
        ({"path": BATCH, "client_id": "another"}, False),
    ],
    ids=str,
)
def test_a_fault_hits_only_what_it_matches(api, event, match, hit):
    api.control.fault("status", match, status=500)
    assert send(api, event).status_code == (500 if hit else 200)


def test_faults_are_taken_in_order_and_the_first_that_ends_the_exchange_wins(api, event):
    api.control.fault("latency", seconds=0.1)
    api.control.fault("status", status=500, times=1)
    api.control.fault("status", status=501, times=1)
    started = time.monotonic()
    statuses = [send(api, event).status_code for _ in range(3)]
    assert statuses == [500, 501, 200]
    assert time.monotonic() - started >= 0.3


def test_probability_draws_the_same_requests_for_the_same_seed(api, event):
    def draw(seed):
        number = api.control.fault("status", status=500, probability=0.5, seed=seed)
        statuses = [send(api, event).status_code for _ in range(20)]
        api.control.clear_faults(number)
        return statuses

    first = draw(1)
    assert set(first) == {200, 500}
    assert draw(1) == first != draw(2)


def test_faults_can_be_taken_back_one_by_one_or_all_and_are_counted(api, event):
    first = api.control.fault("status", status=500)
    api.control.fault("status", status=501, times=5)
    send(api, event)
    api.control.clear_faults(first)
    assert send(api, event).status_code == 501
    shown = api.control.faults()
    assert shown["active"] == [{"number": 2, "kind": "status", "hits": 1, "times": 5}]
    assert shown["injected"] == {"status": 2}
    api.control.clear_faults()
    assert send(api, event).status_code == 200
    assert api.control.faults() == {"active": [], "injected": {"status": 2}}


def test_faults_hit_job_status_and_the_result_file_too(api):
    request_id = api.batch({"contact": {"email": BOB}})["requestId"]
    url = api.post("job/status", requestId=request_id)["fileUrl"]
    api.control.fault("status", {"path": "/files/*"}, status=503, times=1)
    assert [requests.get(url).status_code for _ in range(2)] == [503, 200]


def test_many_connections_can_hang_while_others_are_served(api, event):
    api.control.fault("hang", {"path": "/api/contact/upsert"}, seconds=5)
    hanging = [requests.Session() for _ in range(20)]
    for session in hanging:
        with pytest.raises(Timeout):
            session.post(f"{api.url}/api/contact/upsert", json={}, timeout=0.01)
    started = time.monotonic()
    assert send(api, event).status_code == 200
    assert time.monotonic() - started < 1
    for session in hanging:
        session.close()


def test_a_script_answers_each_request_with_that_item_in_turn_whatever_else_is_inside(api, event):
    api.control.script("order-7", [500, 500, 200])
    batch = [event(external_id=f"order-{n}") for n in range(10)]
    path = "contact/batchAddContactExtEvent"
    assert send(api, event, "order-1").status_code == 200
    statuses = [api.send(path, events=batch).status_code for _ in range(4)]
    assert statuses == [500, 500, 200, 200]
    assert added(api).count("order-7") == 2


def test_a_reject_script_makes_a_poison_item_that_spoils_every_batch_it_is_in(api, event):
    api.control.script("order-1", ["reject"])
    good, bad = event(external_id="order-0"), event(external_id="order-1")
    for _ in range(2):
        answer = api.events(good, bad)
        message = "[sandbox] events[1]: refused by a fault"
        assert answer == {"success": False, "message": [message]}
    assert api.events(good)["success"] is True
    assert added(api) == ["order-0"]


def test_scripts_reach_contacts_coupons_and_pushes_by_the_ledgers_ids(api):
    push_id = "99cdc5fe-7376-436e-acb5-7180c97dadb6"
    for name in (BOB, "SB-1", f"{push_id}:{ANN}"):
        api.control.script(name, [502, 200])
    calls = [
        ("contact/batchupsertv2", {"upsertDetails": [{"contact": {"email": BOB.upper()}}]}),
        ("contact/useContactCoupon", {"owner": ..., "email": ANN, "coupon": "SB-1"}),
        (
            "mobile/push/sendMass",
            {
                "owner": ...,
                "applicationId": "app",
                "pushId": push_id,
                "contacts": [{"addresseeType": "EMAIL", "value": f"{BOB}, {ANN}"}],
            },
        ),
    ]
    for method, fields in calls:
        assert [api.send(method, **fields).status_code for _ in range(2)] == [502, 200]


def test_a_script_can_give_whole_faults(api, event):
    lost = {"kind": "status", "status": 504, "after_apply": True}
    api.control.script("order-1", [lost, "html", 200])
    answers = [send(api, event) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [504, 200, 200]
    assert added(api) == ["order-1", "order-1"]


def test_a_fault_hits_only_bodies_that_contain_its_text(api, event):
    api.control.fault("status", {"contains": "<script"}, status=403)
    assert send(api, event).status_code == 200
    answer = send(api, event, external_id="<script>alert(1)</script>")
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html")
    assert outcomes(api) == ["applied", "faulted"]


def test_a_fault_ahead_of_the_api_hits_scripted_items_too(api, event):
    api.control.script("order-1", ["reject"])
    number = api.control.fault("status", status=500, ahead=True)
    assert send(api, event).status_code == 500
    api.control.clear_faults(number)
    assert send(api, event).json()["success"] is False


@pytest.mark.parametrize("size", [None, 1_000_000])
def test_words_refuses_with_half_characters_control_characters_and_long_texts(api, event, size):
    api.control.fault("words", times=1, bytes=size)
    answer = send(api, event)
    assert answer.json()["success"] is False
    said = answer.json()["message"][0]
    assert {"\ud83d", "\x00", "\x1b", "\u202e"} <= set(said)
    assert len(said) >= (size or 0)
    assert outcomes(api) == ["refused"]
    assert send(api, event).json()["success"] is True
