"""Bad input of every kind ends in a clear error or in a verdict: never in anything else."""

from __future__ import annotations

import json
import os
import warnings
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from batchline.producers import (
    InvalidSettings,
    Settings,
    enqueue,
)
from batchline.producers.callers import Caller
from batchline.producers.errors import UnknownAccount
from batchline.producers.outgoing import Copy, extras_of
from batchline.salesmanago import add_external_event, redeem_coupon, send_push, upsert_contact
from batchline.systems.answers import LONGEST_RETRY_AFTER, retry_after
from batchline.systems.columns import Item
from batchline.systems.registry import systems
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago import contacts, coupons, events, pushes, verify
from batchline.systems.salesmanago.messages import (
    ContactUpsert,
    CouponRedemption,
    CustomMassPush,
    CustomPush,
    ExternalEvent,
    MassPush,
    Push,
)
from batchline.systems.verdicts import DestinationFailed, JobEnded, Judged, Outcome, Verified
from batchline.worker.intake.lines import BadLine, parse
from tests.properties import examples

ACCOUNT = {
    "system": "salesmanago",
    "url": "https://app2.salesmanago.com",
    "client_id": "id",
    "api_key": "key",
    "api_secret": "secret",
    "owner": "admin@vendor.pl",
}
SETTINGS = Settings.model_validate({"accounts": {"default": ACCOUNT}})
MODELS = [
    ContactUpsert,
    CouponRedemption,
    CustomMassPush,
    CustomPush,
    ExternalEvent,
    MassPush,
    Push,
]

#: What a sender that goes wrong may write in place of a value.
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", " ", "\ud800", "\x00", "a@b.pl", "x" * 3000, "true", "null", "1e999"]),
    st.sampled_from(["contact", "email", "contactEvent", "date", "tags", "coupon", "op", "data"]),
)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([10**30, -(10**30), 2**63, float("nan"), float("inf"), 1_795_248_000_000]),
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
#: What only Python can hold.
PYTHON = st.one_of(
    JSON,
    st.binary(max_size=10),
    st.decimals(),
    st.datetimes(timezones=st.none() | st.just(UTC)),
    st.dates(),
    st.timedeltas(),
    st.sampled_from([object(), Ellipsis, int, set(), frozenset({1}), 1j, range(3), Decimal("NaN")]),
)

ITEMS = {
    "contact.upsert": {"contact": {"email": "ann@shop.example"}, "tags": ["A"]},
    "event.add": {
        "email": "ann@shop.example",
        "contactEvent": {"date": 1_795_248_000_000, "contactExtEventType": "PURCHASE"},
    },
    "coupon.redeem": {"email": "ann@shop.example", "coupon": "SB-1"},
    "contact": {"email": "ann@shop.example", "tags": ["A"], "birthday": "1987-06-05"},
    "event": {
        "email": "ann@shop.example",
        "type": "PURCHASE",
        "time": 1_795_248_000_000,
        "value": 1,
    },
    "push.send": {"pushId": "7b0c4a0e", "applicationId": "a", "email": "ann@shop.example"},
}


def enqueued(*outgoing):
    """Everything that enqueueing does with a message before Redis gets it."""
    for call in enqueue.calls(outgoing, enqueue.Targets(SETTINGS)):
        arguments = enqueue.script_arguments(call, Caller(), SETTINGS)
        for argument in arguments:
            _ = argument if isinstance(argument, bytes) else str(argument).encode()
        for payload in call.messages[1::2]:
            json.loads(payload, parse_constant=pytest.fail)


@st.composite
def spoiled(draw, value):
    """The value with something of it replaced, removed or added."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(value)))
        inner = draw(spoiled(value[name]))
        return {**value, name: inner} if draw(st.integers(0, 9)) else {draw(TEXTS): inner}
    return draw(JSON)


@st.composite
def lines(draw):
    """A line that was meant for `batchline enqueue`, and what may have become of it."""
    kind = draw(st.sampled_from(["bytes", "json", "spoiled", "cut", "nested"]))
    if kind == "bytes":
        return draw(st.binary(max_size=200))
    if kind == "nested":
        depth = draw(st.integers(1, 3000))
        return b'{"op": "event.add", "data": ' + b'{"a":[' * depth
    if kind == "json":
        return json.dumps(draw(JSON)).encode()
    operation = draw(st.sampled_from(sorted(ITEMS)))
    whole = {"op": operation, "account": "default", "key": "k", "data": ITEMS[operation]}
    line = json.dumps(draw(spoiled(whole))).encode()
    return line[: draw(st.integers(0, len(line)))] if kind == "cut" else line


@given(lines())
@settings(max_examples=examples(250), deadline=None)
def test_any_line_is_a_message_that_can_be_enqueued_or_a_bad_line(line):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            outgoing = parse(line, "default", SETTINGS)
        except BadLine as bad:
            str(bad).encode()
            return
    enqueued(*outgoing)


@given(st.sampled_from(MODELS), st.dictionaries(st.text(max_size=8), PYTHON, max_size=4), st.data())
@settings(max_examples=examples(150), deadline=None)
def test_any_values_give_a_model_that_can_be_enqueued_or_a_validation_error(model, extra, data):
    names = st.sampled_from(sorted(model.model_fields))
    fields = data.draw(st.dictionaries(names, PYTHON, max_size=6))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            message = model(**{**fields, **(extra if data.draw(st.booleans()) else {})})
        except (ValidationError, TypeError):
            return
        enqueued(Copy(message, "default"))


class Dry:
    """A producer without Redis."""

    def send(self, message, *, account="default", **options):
        plain = {"idempotency_key": None, "delay": None, "at": None, "anew": False}
        enqueued(Copy(message, account, *extras_of(**{**plain, **options})))


CALLS = {
    upsert_contact: ("name", "phone", "birthday", "tags", "properties", "consent_details"),
    add_external_event: ("date", "products", "value", "location", "external_id", "detail7"),
    send_push: ("properties", "send_to_all_devices", "contact_id", "user_id"),
    redeem_coupon: (),
}


@given(st.sampled_from(list(CALLS)), st.lists(PYTHON, max_size=3), st.data())
@settings(max_examples=examples(150), deadline=None)
def test_a_helper_given_anything_enqueues_or_says_what_is_wrong(helper, positional, data):
    keywords = (
        data.draw(st.dictionaries(st.sampled_from(CALLS[helper]), PYTHON, max_size=4))
        if CALLS[helper]
        else {}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            helper(*positional, producer=Dry(), **keywords)
        except (ValidationError, TypeError):
            return


@given(
    st.dictionaries(
        st.sampled_from(["account", "idempotency_key", "delay", "at"]), PYTHON, min_size=1
    )
)
@settings(max_examples=examples(200), deadline=None)
def test_an_option_of_any_value_is_taken_or_refused_by_name(options):
    try:
        redeem_coupon("ann@shop.example", "SB-1", producer=Dry(), **options)
    except (ValueError, TypeError, UnknownAccount) as error:
        told = str(error)
        assert any(name in told for name in (*options, "argument"))


TOML_NAMES = st.sampled_from(
    [*Settings.model_fields, *ACCOUNT, "timeout", "lease", "operations", "api_secret_file"]
) | st.text(st.characters(codec="utf-8"), max_size=8)
TOML_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=12)
TOML = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | TOML_TEXT
    | st.datetimes()
    | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TOML_NAMES, inner, max_size=3),
    max_leaves=10,
)


def toml(value):
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(str(k))} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, str) else str(value)


def loaded(tmp_path, monkeypatch, content, **environment):
    """What comes of a settings file and an environment: settings, or one error with all reasons."""
    file = tmp_path / "batchline.toml"
    file.write_bytes(content)
    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv("BATCHLINE_CONFIG", str(file))
        for name, value in environment.items():
            patch.setenv(name, value)
        with suppress(InvalidSettings):
            Settings.load()


@given(
    st.dictionaries(TOML_NAMES, TOML, max_size=4),
    st.dictionaries(TOML_NAMES, TOML, max_size=3),
)
@settings(
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_toml_is_settings_or_one_error_that_names_the_keys(tmp_path, monkeypatch, top, account):
    whole = {**top, "accounts": {"default": {**ACCOUNT, **account}}} if account else top
    text = "\n".join(f"{toml(name)} = {toml(value)}" for name, value in whole.items())
    loaded(tmp_path, monkeypatch, text.encode())


@given(st.binary(max_size=100))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_settings_file_of_any_bytes_is_settings_or_one_error(tmp_path, monkeypatch, content):
    loaded(tmp_path, monkeypatch, content)


ENV_PARTS = [
    "ACCOUNTS",
    "DEFAULT",
    "TIMEOUT",
    "READ",
    "OPERATIONS",
    "EVENT_ADD",
    "LINGER",
    "LEASE",
    "URL",
    "API_SECRET_FILE",
    "REDIS_URL",
    "ENQUEUE_TIMEOUT",
    "DATA_DIR",
    "SENTRY_DSN",
    "X",
]
ENV_NAMES = st.lists(st.sampled_from([*ENV_PARTS, ""]), min_size=1, max_size=4).map(
    lambda parts: "BATCHLINE_" + "__".join(parts)
)
ENV_TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=15),
    st.sampled_from(["{", "[]", "{}", '{"default": 5}', "null", "nan", "1e999", "-1", "/", "."]),
)


@given(st.dictionaries(ENV_NAMES, ENV_TEXTS, min_size=1, max_size=3))
@settings(
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_environment_is_settings_or_one_error(tmp_path, monkeypatch, environment):
    fitting = {name: value for name, value in environment.items() if name != "BATCHLINE_CONFIG"}
    text = "[accounts.default]\n" + "\n".join(f"{k} = {toml(v)}" for k, v in ACCOUNT.items())
    loaded(tmp_path, monkeypatch, text.encode(), **fitting)


@pytest.mark.parametrize("value", ["5", "[]", "true", '"/nope"', '"/"', '"a\\u0000b"', "{a = 1}"])
def test_what_is_no_secret_file_is_one_error(tmp_path, monkeypatch, value):
    rest = {name: text for name, text in ACCOUNT.items() if name != "api_secret"}
    lines = [f"{name} = {toml(text)}" for name, text in rest.items()]
    file = tmp_path / "batchline.toml"
    file.write_text("\n".join(["[accounts.default]", *lines, f"api_secret_file = {value}"]))
    monkeypatch.setenv("BATCHLINE_CONFIG", str(file))
    with pytest.raises(InvalidSettings, match="api_secret_file"):
        Settings.load().require_secrets()


def test_what_is_no_settings_file_is_one_error(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHLINE_CONFIG", str(tmp_path))
    with pytest.raises(InvalidSettings, match="BATCHLINE_CONFIG"):
        Settings.load()
    monkeypatch.setenv("BATCHLINE_CONFIG", os.devnull)
    with pytest.raises(InvalidSettings, match="BATCHLINE_CONFIG"):
        Settings.load()


ENDPOINTS = {
    "contact.upsert": contacts.BATCH,
    "event.add": events.BATCH,
    "coupon.redeem": coupons.USE,
    "push.send": pushes.SEND,
}
ANSWER_FIELDS = st.sampled_from(
    [
        "success",
        "message",
        "failedContacts",
        "failedAmount",
        "createdAmount",
        "requestId",
        "result",
        "contacts",
        "values",
        "fileUrl",
        "invalidContacts",
        "contactIds",
        "contactExtEvents",
    ]
)
ANSWERS = st.one_of(
    st.dictionaries(ANSWER_FIELDS, JSON | st.just(True), max_size=6),
    st.builds(lambda name, value: {"success": True, name: value}, ANSWER_FIELDS, JSON),
    st.builds(lambda name, value: {"success": False, name: value}, ANSWER_FIELDS, JSON),
    st.fixed_dictionaries({"success": JSON, "failedContacts": JSON, "failedAmount": NUMBERS}),
    JSON,
)


@st.composite
def bodies(draw):
    kind = draw(st.sampled_from(["json", "list", "cut", "html", "bytes", "nested"]))
    if kind == "bytes":
        return draw(st.binary(max_size=100))
    if kind == "html":
        return b"<!DOCTYPE html><html><body>success: true</body></html>"
    if kind == "nested":
        depth = draw(st.integers(1, 1200))
        name = draw(ANSWER_FIELDS)
        inner = "[" * depth + "]" * depth
        return (
            f'{{"success": {draw(st.sampled_from(["true", "false"]))}, "{name}": {inner}}}'.encode()
        )
    answer = draw(ANSWERS)
    text = json.dumps([answer] if kind == "list" else answer).encode()
    return text[: draw(st.integers(0, max(0, len(text) - 1)))] if kind == "cut" else text


@st.composite
def requests(draw):
    operation = draw(st.sampled_from(sorted(ENDPOINTS)))
    item = Item(json.dumps(ITEMS[operation]).encode(), "ann@shop.example", "", (0,), operation)
    if operation in ("event.add", "coupon.redeem") and draw(st.booleans()):
        return verify.plan([item])[0]
    return ENDPOINTS[operation].request((item,) * draw(st.integers(1, 3)))


def account():
    return SETTINGS.account("default")


@given(requests(), st.integers(100, 599), bodies(), st.text(max_size=20))
@settings(max_examples=examples(400), deadline=None)
def test_any_answer_is_a_verdict_and_what_does_not_say_success_is_none(request, status, body, wait):
    system = systems()["salesmanago"].adapter
    answer = HttpAnswer(status, {"Retry-After": wait}, body)
    outcome = system.judge(request, answer, account(), 1_795_248_000.0)
    assert isinstance(outcome, Outcome)
    if isinstance(outcome, Judged | Verified) and not says(answer, "success", True):
        assert says(answer, "success", False)
        assert isinstance(outcome, Judged)
        assert len(outcome.exceptions) == len(request.items)  # none delivered
    if isinstance(outcome, Judged) and outcome.job is not None:
        system.job_status(outcome.job, account(), 1_795_248_000.0, "")


def says(answer, name, value):
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and body.get(name) is value and 200 <= answer.status < 500


@given(st.integers(100, 599), bodies())
@settings(max_examples=examples(150), deadline=None)
def test_any_answer_about_a_job_is_a_result_or_none(status, body):
    system, answer = systems()["salesmanago"].adapter, HttpAnswer(status, {}, body)
    call = system.job_progress(answer)
    assert call is None or call.method == "GET"
    assert isinstance(system.job_result(answer), JobEnded | None)


@pytest.mark.parametrize("operation", sorted(ENDPOINTS))
def test_ten_million_bytes_of_an_answer_are_judged(operation):
    item = Item(b'{"email": "a@b.pl"}', "", "", (0,), operation)
    request = ENDPOINTS[operation].request((item,))
    for body in (
        b'{"success": true, "message": ["' + b"x" * 10_000_000 + b'"]}',
        b'{"success": true, "message": ["' + b"x" * 10_000_000,
        b"[" * 10_000_000,
        b"1" * 10_000_000,
    ):
        outcome = systems()["salesmanago"].adapter.judge(
            request, HttpAnswer(200, {}, body), account(), 0.0
        )
        assert isinstance(outcome, Judged | DestinationFailed)
        assert isinstance(outcome, Judged) == body.endswith(b"}")


@given(st.text(max_size=40))
@settings(deadline=None)
def test_any_retry_after_is_a_wait_of_a_day_at_most_or_nothing(text):
    wait = retry_after(HttpAnswer(503, {"Retry-After": text}, b""), 1_795_248_000.0)
    assert wait is None or 0 <= wait <= LONGEST_RETRY_AFTER
