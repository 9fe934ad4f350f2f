"""`--loglevel debug` shows no path, query or body of a request, for they hold personal data."""

from __future__ import annotations

import logging
import re

import requests

from batchline.systems.account import Timeout
from batchline.systems.requests import HttpCall
from batchline.worker.delivery.http import Http
from tests.waiting import PATIENCE

PLANTED = re.compile("planted|%40|48600700800|4711-of-ann")


def test_requests_of_ours_are_not_in_urllib3s_log_and_those_of_others_are(sandbox, caplog):
    caplog.set_level(logging.DEBUG)
    http = Http(Timeout(connect=2, read=2), 1)
    for path in ("/v1/contacts/4711-of-ann", "/api/v1/contact?email=planted%40shop.example"):
        http.send(HttpCall(sandbox.url + path, {}, b"{}"))
    http.close()
    assert not PLANTED.search(caplog.text)
    assert "/v1/contacts" not in caplog.text
    requests.get(f"{sandbox.url}/of-another", timeout=PATIENCE)
    assert "/of-another" in caplog.text, "an application's own calls are its own business"


def test_a_workers_debug_log_holds_nothing_personal(stack):
    stack.account("esputnik", 'operations."contact.upsert" = {linger = 0.1}')
    worker = stack.worker("debugged", "--loglevel", "debug")
    lines = [
        '{"op": "contact.delete", "data": {"externalCustomerId": "4711-of-ann"}}',
        '{"op": "contact.upsert_one", "data": {"channels":'
        ' [{"type": "email", "value": "planted@shop.example"}]}}',
        '{"op": "event.add", "data": {"eventTypeKey": "x", "keyValue": "planted@shop.example",'
        ' "params": [{"name": "phone", "value": "+48600700800"}]}}',
    ]
    (stack.folder / "in.jsonl").write_text("\n".join(lines))
    done = stack.run("enqueue", "in.jsonl")
    assert b"3 accepted" in done.stdout, done
    stack.until_at_rest()
    worker.stop()
    log = worker.log.read_text()
    assert "DEBUG" in log
    assert not PLANTED.search(log)
