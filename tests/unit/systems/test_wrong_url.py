"""An account whose `url` leads nowhere is told so, and not only of gateways."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from batchline.producers.settings import Account
from batchline.systems import wrong_url
from batchline.systems.registry import systems
from batchline.systems.requests import HttpAnswer

NOW = 1_795_248_000.0
PAGE = b"<html><h1>Not Found</h1></html>"
KEYS: dict[str, dict[str, Any]] = {
    "salesmanago": {"client_id": "c", "api_key": "k", "api_secret": "s", "owner": "o@vendor.pl"},
    "esputnik": {"api_key": "k"},
    "smartsender": {"token": "t"},
}
OWN = {
    "salesmanago": "https://app2.salesmanago.com/v9",
    "esputnik": "https://esputnik.com/v1",
    "smartsender": "https://api.smartsender.com/v2",
}
HINT = "`url` of the account is wrong: check it"


def account(system, **more):
    return TypeAdapter(Account).validate_python({"system": system, **KEYS[system], **more})


def detail(system, status, body, **more):
    one = account(system, **more)
    adapter = systems()[system].adapter
    request = adapter.credentials_request(one)
    answer = HttpAnswer(status, {}, body)
    return wrong_url.explained(adapter.judge(request, answer, one, NOW), answer, one).detail


@pytest.mark.parametrize("system", KEYS)
@pytest.mark.parametrize("status", [404, 405, 301])
def test_a_page_of_somebody_elses_at_an_address_of_ones_own_is_told_with_the_setting(
    system, status
):
    assert detail(system, status, PAGE, url=OWN[system]).endswith(HINT)


@pytest.mark.parametrize("system", ["esputnik", "smartsender"])
@pytest.mark.parametrize("more", [{}, {"url": "the vendor's"}])
def test_at_the_vendors_own_address_the_setting_is_not_suspected(system, more):
    kind = systems()[system].account
    usual = {"url": kind.model_fields["url"].default + kind.url_suffix} if more else {}
    assert HINT not in detail(system, 404, PAGE, **usual)


@pytest.mark.parametrize("system", KEYS)
def test_a_refusal_or_a_failure_is_not_about_the_address(system):
    for status in (403, 429, 500, 503):
        assert HINT not in detail(system, status, PAGE, url=OWN[system])


def test_the_apis_own_answer_is_not_about_the_address():
    told = b'{"success": false, "message": ["no such thing"]}'
    assert HINT not in detail("salesmanago", 404, told, url=OWN["salesmanago"])
