"""Bad input on real wires: an API that answers garbage, and files that are none."""

from __future__ import annotations

import gzip
import json
import random
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from batchline.systems.account import Timeout
from batchline.systems.requests import HttpAnswer, HttpCall
from batchline.worker.delivery.http import LARGEST_ANSWER, Http, NoAnswer
from tests.builders import contact

#: Seconds; both together bound a request.
CONNECT, READ = 0.3, 0.5
OK = b"HTTP/1.1 200 OK\r\n"
GOOD = b'{"success": true, "message": []}'


def whole(body=GOOD, *headers):
    lines = [OK.strip(), b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@contextmanager
def answering(*scripts, tls=None):
    """A server that answers its requests by these scripts in turn, the last one for ever.

    A script is what goes out, or a function that is given the connection. Yields the address.
    """
    left, kept = list(scripts), []

    def serve(connection):
        with suppress(OSError, ssl.SSLError):
            talk = tls.wrap_socket(connection, server_side=True) if tls else connection
            kept.append(talk)
            read_request(talk)
            script = left.pop(0) if len(left) > 1 else left[0]
            if callable(script):
                script(talk)
            else:
                talk.sendall(script)
                talk.shutdown(socket.SHUT_RDWR)

    def accept():
        with suppress(OSError):
            while True:
                connection = listener.accept()[0]
                kept.append(connection)
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        host = "localhost" if tls else "127.0.0.1"
        yield f"http{'s' if tls else ''}://{host}:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        for connection in kept:
            connection.close()


def read_request(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = head.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if b"ength:" in line]
    missing = int(lengths[0]) - len(body) if lengths else 0
    while missing > 0:
        missing -= len(connection.recv(65536)) or missing


def trickle(start, piece):
    def script(connection):
        connection.sendall(start)
        while True:
            connection.sendall(piece)
            time.sleep(0.02)

    return script


def asked(url, seconds=CONNECT + READ):
    """What comes of a request, in bounded time."""
    http = Http(Timeout(connect=CONNECT, read=READ), connections=1)
    started = time.monotonic()
    try:
        return http.send(HttpCall(url + "/api/x?secret=1", {}, b"{}"))
    except NoAnswer as error:
        return error
    finally:
        assert time.monotonic() - started < seconds + 2
        http.close()


NO_ANSWERS = {
    "nothing": b"",
    "noise": random.Random(1).randbytes(5000),
    "bad status line": b"HELLO WORLD\r\n\r\n",
    "bad status": b"HTTP/1.1 abc OK\r\n\r\n",
    "bad version": b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "TLS where none is": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
    "a header too long": OK + b"X: " + b"x" * 70_000 + b"\r\n\r\n",
    "too many headers": OK + b"X: y\r\n" * 200 + b"\r\n",
    "a body that ends early": OK + b"Content-Length: 100\r\n\r\n{}",
    "chunks of no size": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "chunks that end early": OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\n{}",
    "chunks of a negative size": OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n",
    "gzip that is none": whole(b"no gzip at all", b"Content-Encoding: gzip"),
    "gzip cut short": whole(gzip.compress(GOOD)[:20], b"Content-Encoding: gzip"),
    "gzip that bursts": whole(
        gzip.compress(b"0" * (20 * LARGEST_ANSWER), 9), b"Content-Encoding: gzip"
    ),
    "deflate that is none": whole(b"\xff\x00\xff", b"Content-Encoding: deflate"),
    "too much": OK + b"\r\n" + b"x" * (LARGEST_ANSWER + 1),
    "a trickle for ever": trickle(OK + b"Content-Length: 99999\r\n\r\n", b"x"),
    "a trickle of chunks": trickle(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a trickle of headers": trickle(OK, b"X: y\r\n"),
    "a trickle in a header": trickle(OK + b"X: ", b"x"),
    "interim answers without end": trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "silence": lambda connection: time.sleep(3),
}


@pytest.mark.parametrize("script", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_garbage_where_an_answer_is_due_is_no_answer_to_a_request_that_was_sent(script):
    with answering(script) as url:
        error = asked(url)
    assert isinstance(error, NoAnswer | HttpAnswer)
    if isinstance(error, HttpAnswer):
        assert error.body != GOOD
    else:
        assert error.sent
        assert "secret" not in str(error)


def test_answers_of_any_shape_that_are_whole_are_handed_on():
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)
    scripts = [
        whole(),
        chunked,
        whole(gzip.compress(GOOD), b"Content-Encoding: gzip"),
        OK + b"\r\n" + GOOD,
        whole(GOOD, b"Set-Cookie: a=b", b"X: \xff\xfe", b"Retry-After: 1", b"Retry-After: 2"),
    ]
    with answering(*scripts) as url:
        for _ in scripts:
            answer = asked(url)
            assert (answer.status, answer.body) == (200, GOOD)


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A server's side of TLS, and the certificate that its clients must trust."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", folder / "key", "-out", folder / "certificate"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    return context, folder / "certificate"


def test_over_tls_a_failed_handshake_sent_nothing_and_a_broken_answer_may_have(tls, monkeypatch):
    context, certificate = tls
    with answering(b"", tls=context) as url:
        error = asked(url)
        assert "the certificate is not trusted" in str(error)
        assert not error.sent
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with answering(whole(), b"", trickle(OK, b"X: y\r\n"), reset, tls=context) as url:
        assert asked(url).body == GOOD
        for _ in range(3):
            error = asked(url)
            assert isinstance(error, NoAnswer)
            assert error.sent


def reset(connection):
    connection.sendall(OK)
    connection.detach()


def test_a_worker_survives_every_garbage_and_delivers_once_it_is_understood(stack):
    garbage = [script for script in NO_ANSWERS.values() if isinstance(script, bytes)]
    answers = [b"[]", b"null", b"<html>", b'[{"success": true}]', b'{"success": "yes"}', b"\xff"]
    bodies = [whole(body) for body in answers]
    with answering(*garbage, *bodies, whole()) as url:
        stack.configure(
            (stack.sandbox.url, url),
            (
                "backoff = {first = 0.1, factor = 2, max = 0.5}",
                "backoff = {first = 0.01, max = 0.02}",
            ),
            (
                "breaker = {streak = 5, open = 0.5}",
                "breaker = {streak = 999, share = 1, least = 999}",
            ),
            ("jobs = {poll = 0.3, until = 3}", "jobs = {confirm = false}"),
        )
        stack.worker()
        with stack.producer() as producer:
            producer.send(contact("ann@shop.example"))
        totals = stack.until_at_rest()
    assert (totals["delivered"], totals["requests"]) == (1, len(garbage) + len(bodies) + 1)
    assert "Traceback" not in (stack.folder / "worker.log").read_text()


def test_a_file_of_garbage_is_told_line_by_line_and_what_is_good_in_it_is_enqueued(stack):
    dice = random.Random(7)
    good = json.dumps({"op": "coupon.redeem", "data": {"email": "a@b.pl", "coupon": "C1"}}).encode()
    lines = []
    for _ in range(1000):
        noise = dice.randbytes(dice.randrange(1, 80)).replace(b"\n", b"").replace(b"\r", b"")
        spoiled = good[: dice.randrange(1, len(good))] + dice.choice([b"", b"\xff", b"}", b"\x00"])
        odd = json.dumps(dice.choice([{"op": "\ud800"}, {"\udfff": 1}, [1], 1e308, "", None]))
        lines.append(dice.choice([b"x" + noise, spoiled, odd.encode(), good]))
    done = stack.run("enqueue", "-", stdin=b"\n".join(lines))
    accepted = lines.count(good)
    assert done.returncode == 1
    assert done.stdout.decode().strip() == (
        f"1,000 lines: {accepted:,} accepted, {1000 - accepted:,} bad"
    )
    assert b"Traceback" not in done.stderr
    assert stack.lane("coupon.redeem").backlog == accepted
