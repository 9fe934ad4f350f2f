"""Redis, the broker and the APIs believe the same authorities, and go the way the settings say."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from batchline.producers import InvalidSettings, Producer, RedisUnavailable, Settings
from batchline.producers.certificates import VARIABLES
from batchline.systems.account import Timeout
from batchline.systems.requests import HttpCall
from batchline.worker.delivery.http import Http, NoAnswer
from batchline.worker.runtime.preflight import check
from tests.builders import contact
from tests.tls import behind_tls, certificate

ACCOUNT = {
    "system": "salesmanago",
    "url": "http://127.0.0.1:9",
    "client_id": "c",
    "api_key": "k",
    "api_secret": "s",
    "owner": "o@vendor.pl",
}


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """Key and certificate of a server that is ours."""
    return certificate(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """The certificate of another authority."""
    return certificate(tmp_path_factory.mktemp("others"), "others")[1]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch, redis_url):
    monkeypatch.setenv("BATCHLINE_REDIS_URL", redis_url)
    for name in (*VARIABLES, "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def over_tls(redis_url, client, ours):
    """The address of Redis behind TLS, and what it was told."""
    parts = urlsplit(redis_url)
    with behind_tls(*ours, parts.port) as (port, told):
        yield f"rediss://:{parts.password}@localhost:{port}/0", told


def settings_of(url, **more):
    return Settings(redis_url=url, accounts={"default": ACCOUNT}, enqueue_timeout=0.5, **more)


def reach_broker(settings):
    """Connect as workers and Flower do."""
    from batchline.app import make_app  # makes an app of the settings in force, too

    with make_app(settings).connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0)
        return connection.default_channel.client.ping()


#: Ways to name the authority -> settings, query of the address, variable.
WAYS = {
    "setting": ({"redis_ca_file": "{}"}, "", None),
    "address": ({}, "?ssl_ca_certs={}", None),
    **{name: ({}, "", name) for name in VARIABLES if name != "SSL_CERT_DIR"},
    "one of two variables": ({}, "", "SSL_CERT_FILE"),
}


@pytest.mark.parametrize("way", WAYS)
def test_lanes_and_broker_believe_the_authority_however_it_is_named(
    over_tls, ours, others, monkeypatch, way
):
    (url, _), path = over_tls, str(ours[1])
    more, query, variable = WAYS[way]
    if way == "one of two variables":
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(others))
    if variable:
        monkeypatch.setenv(variable, path)
    settings = settings_of(
        url + query.format(path), **{key: value.format(path) for key, value in more.items()}
    )
    with Producer(settings) as producer:
        assert producer.send(contact("ann@shop.example"))
    assert reach_broker(settings)
    check(settings)


@pytest.mark.parametrize(
    "query",
    ["", "?ssl_cert_reqs=required", "?ssl_cert_reqs=CERT_REQUIRED", "?ssl_cert_reqs=optional"],
)
@pytest.mark.parametrize("other", [False, True], ids=["usual authorities", "another one"])
def test_a_stranger_is_told_nothing_and_the_error_says_certificate_and_setting(
    over_tls, others, query, other
):
    url, told = over_tls
    more = {"redis_ca_file": others} if other else {}
    settings = settings_of(url + query, **more)
    said = pytest.raises(RedisUnavailable, match=r"certificate .* redis_ca_file")
    with Producer(settings) as producer, said:
        producer.send(contact("ann@shop.example"))
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        reach_broker(settings)
    with pytest.raises(RedisUnavailable, match=r"redis_url: .*certificate"):
        check(settings)
    assert told == []


def test_a_worker_refuses_a_broker_whose_certificate_is_not_trusted(over_tls, redis_url):
    settings = settings_of(redis_url, broker_url=over_tls[0])
    with pytest.raises(InvalidSettings, match=r"broker_url: .*certificate .* redis_ca_file"):
        check(settings)


def test_a_worker_refuses_a_broker_without_that_database_and_says_what_helps(redis_url):
    parts = urlsplit(redis_url)
    settings = settings_of(redis_url, broker_url=parts._replace(path="/99").geturl())
    with pytest.raises(InvalidSettings, match=r"no database 99 .*the very address of redis_url"):
        check(settings)
    check(settings_of(redis_url, broker_url=redis_url))


def test_credentials_in_the_query_reach_the_broker_too(redis_url, client):
    parts = urlsplit(redis_url)
    url = f"redis://127.0.0.1:{parts.port}/0?password={parts.password}"
    assert reach_broker(settings_of(url))


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_of_authorities_that_cannot_be_read_stops_the_worker(redis_url, tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InvalidSettings, match=r"redis_ca_file: .*ca\.pem: "):
        check(settings_of(redis_url, redis_ca_file=path))
    account = {**ACCOUNT, "ca_file": path}
    with pytest.raises(InvalidSettings, match=r"accounts\.default\.ca_file: .*ca\.pem: "):
        check(Settings(redis_url=redis_url, accounts={"default": account}))


class Server(ThreadingHTTPServer):
    """Notes method, target and headers of each request, and answers 200."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        self.port = self.server_address[1]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        self.send_response(200 if self.command != "CONNECT" else 407)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_CONNECT = answer

    def log_message(self, *args):
        pass


@contextmanager
def serving(tls=None):
    with Server() as server:
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls[1], tls[0])
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def ask(url, headers=None, **settings):
    """The status of an answer, or the text of the failure."""
    http = Http(Timeout(connect=2, read=2), 1, **settings)
    try:
        return http.send(HttpCall(url, headers or {}, b"{}")).status
    except NoAnswer as error:
        return str(error) + (" (sent)" if error.sent else "")
    finally:
        http.close()


def test_an_api_is_believed_by_the_same_names(ours, others, monkeypatch):
    with serving(tls=ours) as server:
        url = f"https://localhost:{server.port}/x"
        assert "the certificate is not trusted (self-signed certificate): ca_file" in ask(url)
        assert "the certificate is not trusted" in ask(url, ca_file=others)
        assert server.seen == []
        assert ask(url, ca_file=ours[1]) == 200
        for name in VARIABLES[:3]:
            monkeypatch.setenv(name, str(ours[1]))
            assert ask(url) == 200
            assert "not trusted" in ask(url, ca_file=others), "the setting goes before"
            monkeypatch.delenv(name)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(others))
        monkeypatch.setenv("SSL_CERT_FILE", str(ours[1]))
        assert ask(url) == 200, "every file that the environment names is believed"


def test_another_hosts_certificate_is_called_so(ours):
    with serving(tls=ours) as server:
        said = ask(f"https://127.0.0.1:{server.port}/x", ca_file=ours[1])
    assert "the certificate is not trusted (" in said
    assert "127.0.0.1" in said


def test_the_accounts_proxy_goes_before_the_environments(monkeypatch):
    with serving() as ours, serving() as environments, serving() as api:
        url = f"http://localhost:{api.port}/x"
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{environments.port}")
        assert ask(url) == 200
        assert [len(one.seen) for one in (environments, ours, api)] == [1, 0, 0]
        assert ask(url, proxy=f"http://127.0.0.1:{ours.port}") == 200
        assert [len(one.seen) for one in (environments, ours, api)] == [1, 1, 0]
        assert ask(url, proxy="none") == 200
        assert [len(one.seen) for one in (environments, ours, api)] == [1, 1, 1]
        monkeypatch.setenv("NO_PROXY", "localhost")
        assert ask(url) == 200
        assert [len(one.seen) for one in (environments, ours, api)] == [1, 1, 2]


def test_a_proxy_that_fails_is_named_with_its_setting():
    with serving() as proxy:
        said = ask("https://api.example/x", proxy=f"http://127.0.0.1:{proxy.port}")
    assert said == "the proxy refused (HTTP 407): proxy of the account, or HTTPS_PROXY"
    said = ask("https://api.example/x", proxy=f"http://127.0.0.1:{proxy.port}")
    assert said == "the proxy cannot be reached: proxy of the account, or HTTPS_PROXY"


def test_a_netrc_file_changes_no_request(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text(
        "machine 127.0.0.1 login bob password x\ndefault login a password b\n"
    )
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving() as api:
        for headers in ({"Authorization": "Bearer ours"}, {}):
            assert ask(f"http://127.0.0.1:{api.port}/x", headers) == 200
    assert [headers.get("Authorization") for _, _, headers in api.seen] == ["Bearer ours", None]
