"""The web application of docs/messages.md runs as it stands, also while Redis is away."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

MESSAGES = Path(__file__).parents[2] / "docs" / "messages.md"
ANN = b"email=ann@shop.example"


def application():
    """What the document's module defines."""
    blocks = re.findall(r"```python\n(.*?)```", MESSAGES.read_text(), re.DOTALL)
    (block,) = [one for one in blocks if "Starlette(" in one]
    names: dict = {}
    exec(block, names)
    return names


async def post(app, path):
    """The status and the body of a request, as a server would ask."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "query_string": ANN, "headers": []}
    await app(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


def ask(*paths):
    """The answers, between the application's start and its end."""
    names = application()

    async def run():
        async with names["lifespan"](names["app"]):
            return [await post(names["app"], path) for path in paths]

    return asyncio.run(run())


def test_a_view_enqueues_once_for_each_order(shop):
    assert ask("/paid/17", "/paid/17", "/paid/18") == [(200, b"Thank you")] * 3
    assert shop.status().totals["accepted"] == 2 * 2  # two orders, for two accounts


def test_the_customer_is_thanked_while_redis_is_away_and_the_log_tells(shop, caplog):
    text = shop.config.read_text()
    server = text.partition('redis_url = "')[2].partition('"')[0]
    shop.config.write_text(text.replace(server, "redis://127.0.0.1:1/0"))
    assert ask("/paid/17") == [(200, b"Thank you")]
    assert "the purchase 17 is not told yet" in caplog.text
