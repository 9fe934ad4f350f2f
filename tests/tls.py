"""Certificates of the tests' own, and servers behind TLS."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Key and certificate, signed by itself, of a server on localhost."""
    key, signed = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(signed)),
        ],
        check=True,
        capture_output=True,
    )
    return key, signed


@contextmanager
def behind_tls(key: Path, signed: Path, port: int) -> Iterator[tuple[int, list[bytes]]]:
    """A TLS server in front of a port here; yields its own port, and what clients have sent it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed, key)
    told: list[bytes] = []
    kept: list[socket.socket] = []

    def serve(raw: socket.socket) -> None:
        with suppress(OSError):
            outer = context.wrap_socket(raw, server_side=True)
            inner = socket.create_connection(("127.0.0.1", port))
            kept.extend((outer, inner))
            threading.Thread(target=carry, args=(inner, outer, []), daemon=True).start()
            carry(outer, inner, told)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection = listener.accept()[0]
                kept.append(connection)
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1], told
        listener.shutdown(socket.SHUT_RDWR)
    for connection in kept:
        connection.close()


def carry(source: socket.socket, sink: socket.socket, seen: list[bytes]) -> None:
    """Carry bytes until one of the two ends."""
    with suppress(OSError):
        while piece := source.recv(65536):
            seen.append(piece)
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
