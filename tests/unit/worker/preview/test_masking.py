"""A previewed request shows everything but secrets and what is made of them."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from pydantic import SecretStr

from batchline.testing.conformance.bench import NOW
from batchline.worker.preview.masking import masked_call
from tests.conformance.systems import BENCHES

#: Written differently in JSON, in an address and in base64.
SECRET = 'a"b\\c/ü=d& e'
CASES = [(bench, case) for bench in BENCHES.values() for case in bench.cases.cases]


def derived(account):
    """What the documents have clients make of the secrets."""
    secrets = [value.get_secret_value() for _, value in account if isinstance(value, SecretStr)]
    yield from secrets
    if "client_id" in type(account).model_fields:
        text = account.api_key.get_secret_value() + account.client_id
        text += account.api_secret.get_secret_value()
        yield hashlib.sha1(text.encode()).hexdigest()
    if "user" in type(account).model_fields:
        text = f"{account.user}:{account.api_key.get_secret_value()}"
        yield base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("bench", "case"),
    CASES,
    ids=[f"{bench.name}-{case.operation}" for bench, case in CASES],
)
def test_no_secret_and_nothing_made_of_one_is_shown(bench, case):
    secrets = {
        name: SecretStr(f"{name} {SECRET}")
        for name, value in bench.account
        if isinstance(value, SecretStr)
    }
    account = bench.account.model_copy(update=secrets)
    for request in bench.requests(case.operation, case.many(3)):
        plain = bench.system.call(request, account, NOW)
        shown = masked_call(bench.system, request, account, NOW)
        text = f"{shown.url} {dict(shown.headers)} {shown.body.decode()}"
        for secret in derived(account):
            for written in (secret, json.dumps(secret)[1:-1]):
                assert written not in text
        assert "***" in text
        assert shown.url == plain.url
        if plain.body.startswith(b"{"):
            assert json.loads(shown.body).keys() == json.loads(plain.body).keys()


def test_what_is_no_secret_is_shown_byte_for_byte():
    bench, case = CASES[0]
    request = bench.one(case)
    shown = masked_call(bench.system, request, bench.account, NOW).body
    assert request.items[0].payload in shown


@pytest.mark.parametrize("secret", ["s", "a", "owner", '"', "e", "12345"])
@pytest.mark.parametrize("bench", BENCHES.values(), ids=BENCHES)
def test_a_secret_that_is_a_word_hides_no_ordinary_text(bench, secret):
    short = {
        name: SecretStr(secret) for name, value in bench.account if isinstance(value, SecretStr)
    }
    account = bench.account.model_copy(update=short)
    for case in bench.cases.cases:
        request = bench.one(case)
        plain = bench.system.call(request, account, NOW)
        shown = masked_call(bench.system, request, account, NOW)
        assert shown.url == plain.url
        if plain.body.startswith(b"{"):
            ours, theirs = json.loads(shown.body), json.loads(plain.body)
            hidden = {name for name in theirs if ours[name] != theirs[name]}
            assert hidden <= {"apiKey", "sha"}
            assert "sha" not in theirs or ours["sha"] == "***"
