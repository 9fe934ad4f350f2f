"""No password of an address is shown: in no repr, in no setting, in no request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.producers.settings import Settings
from batchline.systems.addresses import host_of, without_secrets
from batchline.systems.requests import HttpCall

SECRETS = st.text("abcXYZ019!$*+,;:@/-_~.%", min_size=6, max_size=20).map(lambda text: f"s3{text}")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("redis://:geheim@10.0.0.1:6379/0", "redis://***@10.0.0.1:6379/0"),
        ("rediss://app:a@b:c@h/0", "rediss://***@h/0"),
        (
            "redis://h/0?username=app&password=geheim&db=3",
            "redis://h/0?username=***&password=***&db=3",
        ),
        (
            "rediss://h/0?ssl_ca_certs=/ca.pem&ssl_password=geheim&socket_timeout=3",
            "rediss://h/0?ssl_ca_certs=/ca.pem&ssl_password=***&socket_timeout=3",
        ),
        ("https://u:p@api.example/v1", "https://***@api.example/v1"),
        ("http://proxy.example:3128?PASSWORD=x", "http://proxy.example:3128?PASSWORD=***"),
        ("https://host/page?contact=a@b.pl", "https://host/page?contact=***"),
    ],
)
def test_an_address_is_shown_without_its_secrets(address, shown):
    assert without_secrets(address) == shown


@given(SECRETS, SECRETS)
def test_no_secret_of_an_address_is_shown_whatever_its_characters(user, password):
    shown = without_secrets(f"redis://{user}:{password}@host/0?token={password.replace('&', '')}")
    assert password not in shown
    assert user not in shown


def test_no_repr_of_settings_or_of_an_account_shows_a_secret():
    account = {"system": "smartsender", "token": "geheim", "url": "https://u:geheim@api.example"}
    settings = Settings(
        redis_url="redis://:geheim@127.0.0.1/0?password=geheim",
        broker_url="redis://app:geheim@127.0.0.1/1",
        sentry_dsn="https://geheim@sentry.example/1",
        accounts={"default": account},
    )
    for thing in (settings, settings.account("default"), settings.accounts):
        assert "geheim" not in repr(thing)
        assert "geheim" not in str(thing)
    assert "127.0.0.1/0" in repr(settings)
    assert settings.lanes_url() == "redis://:geheim@127.0.0.1/0?password=geheim"


def test_the_repr_of_a_call_shows_neither_body_nor_secrets():
    call = HttpCall("https://u:geheim@h/x?sig=geheim", {"A": "geheim"}, b"geheim")
    assert repr(call) == "HttpCall(POST https://***@h/x, 6 bytes)"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://api.example", "api.example"),
        ("https://ann:secret@api.example:8443/v2?key=1", "api.example:8443"),
        ("https://[::1]:8443", "[::1]:8443"),
        ("", ""),
        (without_secrets("https://ann:se/cret@api.example"), "api.example"),
    ],
)
def test_the_host_of_an_address_is_shown_without_its_credentials(address, host):
    assert host_of(address) == host
