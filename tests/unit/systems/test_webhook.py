"""A webhook: its signature, its form, and what its account refuses."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from batchline.systems.columns import messages
from batchline.systems.webhook.account import WebhookAccount
from batchline.systems.webhook.adapter import OPERATIONS, Webhook, sign
from batchline.systems.webhook.messages import ResultPost
from tests.builders import run_of

URL = "https://crm.example/hooks/"


def account(**fields):
    return WebhookAccount(system="webhook", url=URL, **fields)


def posts(*contacts):
    return [
        ResultPost(
            message_id="default:event.add:0@5-0",
            outcome="delivered",
            account="default",
            operation="event.add",
            contact=contact,
            at=5,
            number=number,
        )
        for number, contact in enumerate(contacts)
    ]


def requests(account, sent):
    adapter = Webhook(OPERATIONS)
    waves = adapter.plan(run_of(sent), "result.post", account.operation("result.post"), account)
    return [[adapter.call(one, account, 1_731_705_121.2) for one in wave] for wave in waves]


def test_the_signature_is_that_of_the_example_of_standard_webhooks():
    hook = account(secret="whsec_plJ3nmyCDGBKInavdOK15jsl")
    body = b'{"event_type":"ping","data":{"success":true}}'
    signature = sign(hook.signing_key(), "msg_loFOjxBNrRLzqYUf", "1731705121", body)
    assert signature == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


def test_a_request_without_a_secret_has_an_id_and_a_time_and_no_signature():
    ((call,),) = requests(account(), posts("a"))
    assert call.headers["webhook-timestamp"] == "1731705121"
    assert call.headers["webhook-id"].startswith("msg_")
    assert "webhook-signature" not in call.headers
    assert call.url == URL


def test_an_array_has_results_of_one_contact_in_their_order():
    ((call,),) = requests(account(), posts("a", "a", "b"))
    assert [one["number"] for one in json.loads(call.body)] == [0, 1, 2]


def test_single_results_go_each_alone_and_those_of_a_contact_one_after_the_other():
    waves = requests(account(form="single"), posts("a", "a", "b"))
    numbers = [[json.loads(call.body)["number"] for call in wave] for wave in waves]
    assert numbers == [[0, 2], [1]]


def test_arrays_that_are_full_go_one_after_the_other():
    hook = account(operations={"result.post": {"batch_size": 2}})
    adapter = Webhook(OPERATIONS)
    run = run_of(posts("a", "b", "a"))
    waves = adapter.plan(run, "result.post", hook.operation("result.post"), hook)
    assert [[list(messages(one.items)) for one in wave] for wave in waves] == [[[0, 1]], [[2]]]


def test_the_same_results_have_the_same_id_when_they_go_again():
    first, again = (requests(account(), posts("a", "b"))[0][0].headers for _ in range(2))
    assert first["webhook-id"] == again["webhook-id"]


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"operations": {"result.post": {"results": True}}}, "is never told"),
        ({"operations": {"result.post": {"message_bytes": 9_999}}}, "at least 10000"),
        ({"secret": "whsec_no base64!"}, "no base64 behind whsec_"),
        ({"form": "rows"}, "'array' or 'single'"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(fields, detail):
    with pytest.raises(ValidationError, match=detail):
        account(**fields)


def test_the_part_of_a_secret_behind_its_mark_is_a_secret_too():
    hook = account(secret="whsec_plJ3nmyCDGBKInavdOK15jsl")
    assert "plJ3nmyCDGBKInavdOK15jsl" in hook.secret_texts()
