"""Whatever a public call is given: its error is in the error tree, and names the argument."""

from __future__ import annotations

import ast
import asyncio
import itertools
import math
from pathlib import Path

import pytest

import batchline
from batchline import ask, producers, salesmanago
from batchline.producers import AsyncProducer, BadArgument, BatchlineError, Outgoing, Producer
from batchline.systems.salesmanago.messages import CouponRedemption
from tests.fake_api import ACCOUNT, configure

MESSAGE = CouponRedemption(email="ann@shop.example", coupon="C1")
#: Of no use anywhere: no number, no text, no function, no settings.
ODD = [
    *(object(), [], {}, (), b"k", "", "\ud83d", -1, math.nan, math.inf, 10**30, True, "1", 1.5),
    *([[]], [None], {"a": 1}),
]
#: Call -> its arguments, one of which is odd.
CALLS = {
    "message": lambda one, odd: one.send(odd),
    "message, account": lambda one, odd: one.send(MESSAGE, account=odd),
    "accounts": lambda one, odd: one.send(MESSAGE, accounts=odd),
    "accounts of a contact": lambda one, odd: one.send(CONTACT, accounts=odd),
    "account of a contact": lambda one, odd: one.send(CONTACT, account=odd),
    "idempotency_key": lambda one, odd: one.send(MESSAGE, idempotency_key=odd),
    "delay": lambda one, odd: one.send(MESSAGE, delay=odd),
    "at": lambda one, odd: one.send(MESSAGE, at=odd),
    "anew": lambda one, odd: one.send(MESSAGE, idempotency_key="k", anew=odd),
    "messages": lambda one, odd: one.send_many(odd),
    "one of messages": lambda one, odd: one.send_many([MESSAGE, odd]),
    "account of messages": lambda one, odd: one.send_many([MESSAGE], account=odd),
    "accounts of messages": lambda one, odd: one.send_many([MESSAGE], accounts=odd),
    "outgoing": lambda one, odd: one.send_all(odd),
    "one of outgoing": lambda one, odd: one.send_all([odd]),
    "outgoing, message": lambda one, odd: one.send_all([Outgoing(odd)]),
    "outgoing, account": lambda one, odd: one.send_all([Outgoing(MESSAGE, odd)]),
    "outgoing, account of a contact": lambda one, odd: one.send_all([Outgoing(CONTACT, odd)]),
    "outgoing, key": lambda one, odd: one.send_all([Outgoing(MESSAGE, idempotency_key=odd)]),
    "outgoing, not_before": lambda one, odd: one.send_all([Outgoing(MESSAGE, not_before=odd)]),
    "outgoing, delay": lambda one, odd: one.send_all([Outgoing(MESSAGE, delay=odd)]),
    "outgoing, anew": lambda one, odd: one.send_all([Outgoing(MESSAGE, anew=odd)]),
    "api_id": lambda one, odd: one.api_id(odd),
}
CONTACT = producers.Contact(email="ann@shop.example")


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """Settings whose Redis is away."""
    return configure(tmp_path, monkeypatch, f'redis_url = "redis://127.0.0.1:9/0"\n{ACCOUNT}')


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_call_with_an_odd_argument_raises_an_error_of_the_tree_though_redis_is_away(
    loaded, call, kind
):
    for odd in ODD:
        if call in ("messages", "outgoing") and odd in ([], ()):
            continue  # nothing is to be sent
        with pytest.raises(BatchlineError):
            make(loaded, CALLS[call], odd, kind)


def make(loaded, call, odd, kind):
    """Make the call, with a producer of its own."""

    async def made():
        async with AsyncProducer(loaded) as producer:
            await call(producer, odd)

    if kind == "async":
        asyncio.run(made())
    else:
        with Producer(loaded) as producer:
            call(producer, odd)


@pytest.mark.parametrize(
    ("call", "odd", "words"),
    [
        ("message", 5, "int is no message"),
        ("message, account", ["default"], "account must be a text"),
        ("accounts", 5, "accounts must be a list"),
        ("accounts", [5], "accounts must hold texts"),
        ("idempotency_key", 5, "idempotency_key must be a text"),
        ("delay", "5", "delay must be a number of seconds"),
        ("at", "tomorrow", "at must be a datetime"),
        ("anew", "yes", "anew must be True or False"),
        ("outgoing, key", 5, "element 0: idempotency_key must be a text"),
        ("outgoing, not_before", "5", "element 0: not_before must be UNIX milliseconds"),
        ("outgoing, delay", -5, "element 0: delay must be a whole number of milliseconds"),
        ("outgoing, anew", "no", "element 0: anew must be True or False"),
        ("api_id", None, "message_id must be an id"),
    ],
)
def test_the_error_names_the_argument_and_is_the_one_that_python_raises_too(
    loaded, call, odd, words
):
    with Producer(loaded) as producer, pytest.raises(BadArgument, match=words) as told:
        CALLS[call](producer, odd)
    assert isinstance(told.value, ValueError)
    assert isinstance(told.value, TypeError)


@pytest.mark.parametrize("producer", [Producer, AsyncProducer])
@pytest.mark.parametrize(
    ("argument", "odd"),
    [
        ("settings", 5),
        ("settings", {"redis_url": "redis://127.0.0.1:6379/0"}),
        ("redis_url", 5),
        ("redis_url", "http://127.0.0.1:6379"),
        ("redis_url", "redis://127.0.0.1:99999/0"),
        ("redis_url", "redis://two..dots/0"),
        ("redis_url", f"redis://{'a' * 64}/0"),
        ("redis_url", "redis://127.0.0.1/0?socket_timeout=0"),
        ("redis_url", "redis://127.0.0.1/0?retry=3"),
        ("redis_url", "redis://[::1/0"),
        ("redis_url", "redis://127.0.0.1/0?no_such=1"),
        ("patience", "30"),
        ("patience", 0),
        ("patience", math.nan),
    ],
)
def test_what_a_producer_cannot_use_is_refused_when_it_is_made(loaded, producer, argument, odd):
    with pytest.raises(BadArgument, match=f"^{argument} must be"):
        producer(**{"settings": loaded, argument: odd})


@pytest.mark.parametrize("call", [batchline.results, batchline.results_async])
@pytest.mark.parametrize(
    ("argument", "odd"),
    [
        *itertools.product(["group"], [None, 5, "", "a b", "-a", "a" * 129, b"crm"]),
        *itertools.product(["timeout", "claim_after"], ["1", True, [], -1, math.nan, math.inf]),
        *itertools.product(["stop", "on_lost"], [True, "stop", 5]),
        *itertools.product(["settings"], [5, {}]),
    ],
)
def test_a_loop_over_results_names_at_once_the_argument_that_is_of_no_use(
    loaded, call, argument, odd
):
    with pytest.raises(BadArgument, match=f"^{argument} must be"):
        call(**{"group": "crm", "settings": loaded, argument: odd})


@pytest.mark.parametrize(
    ("argument", "odd"), [("wait", "5"), ("wait", -1), ("settings", 5), ("delay", 5)]
)
def test_the_call_past_the_lanes_names_what_is_of_no_use_too(loaded, argument, odd):
    with pytest.raises(BadArgument, match=f"^{argument}"):
        salesmanago.upsert_contact_and_wait(
            "ann@shop.example", **{"settings": loaded, argument: odd}
        )


@pytest.mark.parametrize(
    ("argument", "odd"), [("wait", "5"), ("wait", -1), ("settings", 5), ("account", 5)]
)
def test_a_question_to_an_api_names_what_is_of_no_use(loaded, argument, odd):
    with pytest.raises(BadArgument, match=f"^{argument} must be"):
        ask.salesmanago.has_contact("ann@shop.example", **{"settings": loaded, argument: odd})


def test_a_helper_names_a_producer_that_is_none():
    with pytest.raises(BadArgument, match="producer must be a Producer"):
        salesmanago.redeem_coupon("ann@shop.example", "C1", producer="default")


#: Modules of models, whose ValueErrors pydantic collects, and the one that stands for Python when a
#: keyword is misspelt.
OF_MODELS = {"tagged.py", "neutral.py", "settings.py", "settings_watching.py", "options.py"}


def test_no_error_outside_of_the_tree_is_raised_on_purpose_by_what_an_application_calls():
    root = Path(producers.__file__).parent
    files = [one for one in root.rglob("*.py") if one.name not in OF_MODELS]
    bare = [
        f"{file.name}:{node.lineno}"
        for file in [*files, root.parent / "direct.py"]
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and getattr(node.exc.func, "id", "") in ("ValueError", "TypeError", "RuntimeError")
    ]
    assert len(files) > 20
    assert bare == []
