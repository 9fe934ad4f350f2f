"""The way to an account's API: its name, its certificate, and what a proxy hides of both."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest

from batchline.systems.account import NO_PROXY
from batchline.worker.doctor import way
from tests.ports import free_port
from tests.tls import behind_tls, certificate

DAY = 86_400


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """Key and certificate of a server on localhost."""
    return certificate(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture
def looked(stack):
    """Gives, part by part, what was found of an account at that address."""

    def looked(url, **more):
        changes = {"url": url, "proxy": NO_PROXY, **more}
        return dict(way.look(stack.settings.account("default").model_copy(update=changes)))

    return looked


def test_a_host_that_shows_a_trusted_certificate_is_told_with_its_end(ours, sandbox, looked):
    with behind_tls(*ours, urlsplit(sandbox.url).port) as (port, _):
        found = looked(f"https://localhost:{port}", ca_file=ours[1])
    assert found["DNS"].text.startswith("localhost is ")
    # It is good for two days.
    assert found["TLS"].mark == "doubtful"
    assert found["TLS"].text.startswith("TLSv1.3, certificate good until ")
    assert "renew" in found["TLS"].fix


def test_a_certificate_that_is_not_trusted_is_told_with_what_mends_it(ours, sandbox, looked):
    with behind_tls(*ours, urlsplit(sandbox.url).port) as (port, _):
        found = looked(f"https://localhost:{port}")
    assert found["TLS"].mark == "wrong"
    assert "not trusted (self-signed certificate)" in found["TLS"].text
    assert "ca_file" in found["TLS"].fix


def test_a_port_that_speaks_no_tls_or_does_not_answer_is_told(sandbox, looked):
    plain = looked(sandbox.url.replace("http:", "https:"))["TLS"]
    assert (plain.mark, plain.text) == ("wrong", "the TLS handshake failed")
    away = looked(f"https://127.0.0.1:{free_port()}")["TLS"]
    assert (away.mark, away.text) == ("wrong", "no connection: Connection refused")


def test_a_name_that_nobody_knows_ends_the_look(looked):
    found = looked("https://api.invalid")
    assert set(found) == {"DNS"}
    assert (found["DNS"].mark, "DNS" in found["DNS"].fix) == ("wrong", True)


def test_behind_a_proxy_neither_is_looked_at(looked):
    found = looked("https://api.invalid", proxy="http://ann:SECRET@127.0.0.1:9")
    assert {part: one.mark for part, one in found.items()} == {"DNS": "skipped", "TLS": "skipped"}
    assert "SECRET" not in str(found)


@pytest.mark.parametrize(
    ("host", "mark"),
    [("127.0.0.1", "skipped"), ("::1", "skipped"), ("localhost", "skipped"), ("a.b", "doubtful")],
)
def test_without_tls_credentials_go_unencrypted_but_on_this_machine(host, mark):
    assert way.plain(host).mark == mark


@pytest.mark.parametrize(("days", "mark"), [(90, "well"), (13, "doubtful")])
def test_a_certificate_that_ends_soon_is_doubtful(days, mark):
    ends = time.strftime("%b %d %H:%M:%S %Y GMT", time.gmtime(1_795_762_800 + days * DAY))
    found = way.lasts("TLSv1.3, certificate", ends, 1_795_762_800)
    assert found.mark == mark
    assert f"{days} days" in found.text
