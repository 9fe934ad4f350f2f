"""Whatever an API says, its lane goes on, and what Redis keeps of its words is fit to be shown."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.messages import ContactUpsert
from batchline.systems.verdicts import Refused
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import confirmations
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from batchline.worker.troubles import trouble as troubles
from batchline.worker.troubles.words import news_line
from tests.builders import contact
from tests.fake_api import ACCOUNT, FakeApi, Upserts, configure, context_of

LANE = Lane("default", "contact.upsert")
AT_ONCE = """
[accounts.default.operations."contact.upsert"]
linger = 0
"""
#: Texts that broke something, or could.
TEXTS = {
    "half a pair": "bad name \ude00!",
    "terminal": "\x1b[2J\x1b]0;title\x07bad name\x00",
    "direction": "bad \u202ename\u2066",
    "a megabyte": "bad name \ud83d" * 100_000,
    "personal": "bad name Zosia Nowak of poison@shop.example, +48 600 700 800",
}
PLANTED = re.compile("Zosia|Nowak|poison@|600")


@pytest.fixture
def configured(redis_url, client, tmp_path, monkeypatch):
    return configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}{AT_ONCE}')


POISON = ContactUpsert.model_validate(
    {"contact": {"email": "poison@shop.example", "name": "Zosia Nowak"}}
)


class Talkative(Upserts):
    """Refuses each batch that holds the poisoned contact, in the words given."""

    def __init__(self, words):
        super().__init__([])
        self.words = words

    def work(self, url, body):
        mails = [item["contact"]["email"] for item in body["upsertDetails"]]
        if "poison@shop.example" in mails:
            return {"success": False, "message": [self.words]}
        return super().work(url, body)


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
def test_words_of_any_kind_settle_and_the_dead_letter_shows_them_clean(store, configured, words):
    with Producer(configured) as producer:
        first, last = (contact(f"{name}@shop.example", properties={"n": "1"}) for name in "ab")
        producer.send_many([first, POISON, last])
    context = context_of(store, configured, Talkative(words))
    deliver(LANE, context)
    totals = status.read(store).totals
    assert (totals["delivered"], totals["dead"], totals["backlog"]) == (2, 1, 0)
    (letter,) = dead_letters.find(store)
    assert letter.detail.startswith("bad ")
    assert "name" in letter.detail
    assert letter.detail.isprintable()
    assert len(letter.detail) <= 500
    assert not PLANTED.search(letter.detail)


def test_the_words_of_a_plug_ins_judge_are_cleaned_too(store, configured):
    class Plugin:
        def __init__(self, system):
            self.system = system

        def __getattr__(self, name):
            return getattr(self.system, name)

        def judge(self, request, answer, account, now):
            return Refused("no \x1b[31mway\ud83d for ann@shop.example")

    with Producer(configured) as producer:
        producer.send(contact("ann@shop.example", properties={"n": "1"}))
    context = context_of(store, configured, Upserts([]))
    deliver(LANE, replace(context, system=Plugin(context.system)))
    (letter,) = dead_letters.find(store)
    assert letter.detail == "no way\ufffd for ***"


def test_what_an_api_repeats_of_the_credentials_is_nowhere_in_redis(store, configured):
    class Echo(Upserts):
        def work(self, url, body):
            said.append(body["sha"])
            return {"success": False, "message": [f"cannot parse sha={body['sha'].upper()}"]}

    said = []
    with Producer(configured) as producer:
        producer.send(contact("ann@shop.example", properties={"n": "1"}))
    deliver(LANE, context_of(store, configured, Echo([])))
    (letter,) = dead_letters.find(store)
    assert letter.detail == "cannot parse sha=***"
    read = {
        b"hash": store.client.hgetall,
        b"string": store.client.get,
        b"list": lambda key: store.client.lrange(key, 0, -1),
        b"stream": store.client.xrange,
    }
    keys = {key: store.client.type(key) for key in store.client.scan_iter("*")}
    text = repr([read[kind](key) for key, kind in keys.items() if kind in read])
    assert "sha=***" in text
    assert said[0].upper() not in text


class Jobs(FakeApi):
    """Takes upserts as a job, whose result calls one contact invalid in the words given."""

    file_url = "http://127.0.0.1:9/files/1"

    def __init__(self, words, aliases):
        super().__init__([])
        self.result = {
            "contactIds": aliases,
            "invalidContacts": [{"email": "poison@shop.example", "reason": words}],
        }

    def send(self, call):
        if call.method == "GET":
            assert call.url == Jobs.file_url
            return HttpAnswer(200, {}, json.dumps(self.result).encode())
        return super().send(call)

    def work(self, url, body):
        if "job/status" in url:
            return {"success": True, "message": [], "fileUrl": self.file_url}
        return {"success": True, "message": [], "requestId": 1}


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
def test_a_jobs_words_of_any_kind_end_it_and_are_shown_clean(store, configured, words):
    with Producer(configured) as producer:
        producer.send_many([contact("a@shop.example"), POISON])
    context = context_of(store, configured, Jobs(words, {"a@shop.example": "id \ud83d"}))
    deliver(LANE, context)
    (name,) = store.client.zrange(store.keys.jobs, 0, -1)
    assert str(confirmations.confirm(name.decode(), context)) == "1 confirmed, 1 dead"
    (letter,) = dead_letters.find(store)
    assert letter.detail.startswith("bad ")
    assert letter.detail.isprintable()
    assert not PLANTED.search(letter.detail)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:6379/latest/meta-data",
        "http://169.254.169.254/latest/meta-data",
        "https://files.stranger.example/1",
    ],
)
def test_a_file_at_a_strangers_address_is_not_fetched_and_it_is_told_why(store, configured, url):
    with Producer(configured) as producer:
        producer.send(contact("a@shop.example"))
    api = Jobs("", {})
    api.file_url = url
    context = context_of(store, configured, api)
    deliver(LANE, context)
    (name,) = store.client.zrange(store.keys.jobs, 0, -1)
    assert "not among jobs.hosts" in str(confirmations.confirm(name.decode(), context))
    (trouble,) = [one for one in troubles.read(store) if one.kind == "job_file_refused"]
    assert "not among jobs.hosts" in trouble.detail
    assert store.client.zscore(store.keys.jobs, name), "it is asked about again"


def test_a_refused_file_counts_once_for_each_question_and_not_for_each_message(store, configured):
    with Producer(configured) as producer:
        producer.send_many([contact(f"{name}@shop.example") for name in "abcde"])
    api = Jobs("", {})
    api.file_url = "https://files.stranger.example/1"
    context = context_of(store, configured, api)
    deliver(LANE, context)
    (name,) = store.client.zrange(store.keys.jobs, 0, -1)
    for _ in range(2):
        confirmations.confirm(name.decode(), context)
    (trouble,) = [one for one in troubles.read(store) if one.kind == "job_file_refused"]
    assert "; 2 times. Do: " in news_line(trouble)
