"""An application's own Sentry gets no value of a failed call: no payload, address or password.

The SDK runs with its defaults in a process of its own, for it patches what it finds.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest

#: Makes calls that fail, and prints the events that the SDK would send, one for each.
PROGRAM = """
import asyncio, os, sentry_sdk
from sentry_sdk.transport import Transport
import batchline
from batchline import AsyncProducer, Contact, Outgoing, Producer, salesmanago

def email():
    return os.environ["EMAIL"]

def upsert():
    return salesmanago.ContactUpsert(contact={"email": email(), "name": os.environ["NAME"]})

def helper():
    salesmanago.upsert_contact(email(), name=os.environ["NAME"])

def send():
    Producer().send(upsert(), idempotency_key=email())

def send_neutral():
    Producer().send(Contact(email=email(), first_name=os.environ["NAME"]), accounts=["default"])

def send_many():
    Producer().send_many(upsert() for _ in range(3))

def send_all():
    Producer().send_all([Outgoing(upsert(), idempotency_key=email())])

def api_id():
    Producer().api_id("default:contact.upsert:0@1-0")

def send_async():
    async def main():
        async with AsyncProducer() as producer:
            await producer.send(upsert())
    asyncio.run(main())

def send_many_async():
    async def main():
        async with AsyncProducer() as producer:
            await producer.send_many([upsert()])
    asyncio.run(main())

def direct():
    salesmanago.upsert_contact_and_wait(email(), name=os.environ["NAME"])

class Printing(Transport):
    def capture_envelope(self, envelope):
        for item in envelope.items:
            if item.type == "event":
                print(item.get_bytes().decode())

sentry_sdk.init(dsn="https://key@127.0.0.1/1", transport=Printing())
CALLS = (
    helper, send, send_neutral, send_many, send_all, api_id, send_async, send_many_async, direct
)
for call in CALLS:
    try:
        call()
    except Exception as error:
        sentry_sdk.capture_exception(error)
"""
CALLS = 9
PLANTED = ("planted.person", "Zosia", "Nowak", "pa55word")
SETTINGS = """
redis_url = "{url}"
enqueue_timeout = 0.1
enqueue_pause = {{first = 0}}
[accounts.default]
system = "salesmanago"
url = "https://gate:pa55word@127.0.0.1:9"
client_id = "c"
api_key = "k"
api_secret = "pa55word-of-the-api"
owner = "planted.person.owner@shop.example"
"""


@contextmanager
def unreachable(redis_url):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"redis://:pa55word@127.0.0.1:{port}/0"


@contextmanager
def refusing(redis_url):
    yield f"redis://:pa55word@127.0.0.1:{urlsplit(redis_url).port}/0"


@contextmanager
def silent(redis_url):
    """A server that takes what is sent and ends the connection."""

    def serve():
        with suppress(OSError):
            while True:
                connection = listener.accept()[0]
                connection.recv(100_000)
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0?password=pa55word"
        listener.shutdown(socket.SHUT_RDWR)


def events_of(url, folder):
    """The events that the SDK sends when calls of this Redis fail."""
    (folder / "batchline.toml").write_text(SETTINGS.format(url=url))
    planted = {"EMAIL": "planted.person@shop.example", "NAME": "Zosia Nowak"}
    environment = {name: v for name, v in os.environ.items() if not name.startswith("BATCHLINE_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env={**environment, **planted, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("trouble", [unreachable, refusing, silent])
def test_no_value_of_a_failed_call_is_in_an_event(tmp_path, redis_url, trouble):
    with trouble(redis_url) as url:
        events = events_of(url, tmp_path)
    assert len(events) == CALLS
    for event in events:
        text = json.dumps(event, ensure_ascii=False)
        assert [one for one in PLANTED if one in text] == []
        errors = event["exception"]["values"]
        assert errors[-1]["type"] in ("RedisUnavailable", "OutcomeUnknown", "CallUnanswered")
        modules = {frame["module"] for frame in errors[-1]["stacktrace"]["frames"]}
        assert any(name.startswith("batchline.") for name in modules), "the way is kept"
