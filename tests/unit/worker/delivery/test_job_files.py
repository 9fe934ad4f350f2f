"""A job's file is fetched from the vendor's hosts only, and from no network of our own."""

from __future__ import annotations

import re
import socket

import pytest

from batchline.systems.account import Timeout
from batchline.systems.requests import HttpCall
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.worker.delivery.http import Http, NoAnswer
from batchline.worker.delivery.job_files import Refused, allowed
from batchline.worker.delivery.networks import is_public

AWS = "https://salesmanago.s3.amazonaws.com/a/b.json?AWSAccessKeyId=A&Signature=Y%2Ba2nA%3D"


def account(url="https://app2.salesmanago.com", **jobs):
    return SalesmanagoAccount(
        system="salesmanago",
        url=url,
        client_id="c",
        api_key="k",
        api_secret="s",
        owner="o@vendor.pl",
        jobs=jobs,
    )


@pytest.fixture(autouse=True)
def _no_look_up(monkeypatch):
    """The account's host is on the Internet, unless it is an address."""
    known = socket.getaddrinfo

    def look_up(host, *arguments, **more):
        return known(host if host[0].isdigit() else "198.20.0.1", *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def ask(url):
    return HttpCall(url, {}, b"", method="GET")


@pytest.mark.parametrize(
    "url",
    [
        AWS,
        "https://storage.googleapis.com/sm-file/a.json?GoogleAccessId=x",
        "https://STORAGE.googleapis.com:443/x",
        "https://files.salesmanago.com/x",
    ],
)
def test_the_vendors_hosts_are_allowed_where_they_are_public(url):
    call = allowed(ask(url), account())
    assert (call.url, call.public_only) == (url, True)


def test_the_accounts_own_address_is_allowed_wherever_it_is():
    own = account("http://127.0.0.1:8080")
    assert not allowed(ask("http://127.0.0.1:8080/files/1"), own).public_only
    assert not allowed(ask("https://app2.salesmanago.com/files/1"), account()).public_only


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:8081/x",
        "http://127.0.0.1/x",
        "http://[::1]:8080/x",
        "http://localhost:8080/x",
        "http://127.0.0.1:8080@evil.example/x",
        "http://evil.example\\@127.0.0.1:8080/x",
        "http://127.0.0.1:8080\t.evil.example/x",
        "http://salesmanago.s3.amazonaws.com:22/x",
        "https://evil-storage.googleapis.com/x",
        "https://storage.googleapis.com.evil.example/x",
        "https://xsalesmanago.com/x",
        "http:///x",
        "http://127.0.0.1:99999/x",
        "ftp://storage.googleapis.com/x",
        "https://storage.googleapis.com/ä",
        "",
    ],
)
def test_any_other_address_is_refused(url):
    with pytest.raises(Refused):
        allowed(ask(url), account("http://127.0.0.1:8080"))


@pytest.mark.parametrize("origin", ["10.20.30.40:8081", "[fd00::1234:5678]:443"])
def test_a_refused_ip_address_is_named_in_full_for_it_is_no_phone_number(origin):
    with pytest.raises(Refused, match=re.escape(f" at {origin}, ")):
        allowed(ask(f"https://{origin}/x"), account())


def test_a_number_in_a_refused_name_is_masked_as_in_every_word_of_an_api():
    with pytest.raises(Refused, match=re.escape(r" at ***.stranger.example:443, ")):
        allowed(ask("https://48600700800.stranger.example/x"), account())


def test_an_account_over_https_takes_no_file_over_http():
    with pytest.raises(Refused, match="https"):
        allowed(ask(AWS.replace("https", "http")), account())
    assert allowed(ask(AWS.replace("https", "http")), account("http://app2.salesmanago.com"))


def test_jobs_hosts_says_which_instead():
    own = account(hosts=["files.example", "*.cdn.example:8443"])
    for url in ("https://files.example/x", "https://a.b.cdn.example:8443/x"):
        assert allowed(ask(url), own).public_only
    for url in (AWS, "https://cdn.example:8443/x", "https://a.cdn.example/x"):
        with pytest.raises(Refused, match=r"is not among jobs\.hosts"):
            allowed(ask(url), own)


def test_an_account_in_a_private_network_may_name_hosts_there():
    assert not allowed(
        ask("http://files/x"), account("http://10.0.0.7", hosts=["files"])
    ).public_only


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("64:ff9b::808:808", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_on_the_internet(address, public):
    assert is_public(address) is public


def test_a_name_that_leads_into_this_network_gets_a_connection_and_no_request(monkeypatch):
    """Looked at when it is connected: between two look-ups a name may change its address."""
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.undo()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://localhost:{listener.getsockname()[1]}/latest/meta-data"
        http = Http(Timeout(connect=1, read=1), 1, proxy="none")
        with pytest.raises(NoAnswer, match="private network") as error:
            http.send(HttpCall(url, {}, b"", method="GET", public_only=True))
        http.close()
        assert not error.value.sent
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(100) == b""
