"""A TCP proxy in front of Redis that can lose answers."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class LossyProxy:
    """Forwards to a server; loses the next answers to commands that carry a word, on demand."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lose = 0
        self._word = b""
        self.lost = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_answers(self, count: int, word: bytes = b"EVALSHA") -> None:
        """Let the next `count` commands with that word through, and break off their answers."""
        self._word, self._lose = word, count

    def close(self) -> None:
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.close()

    def __enter__(self) -> LossyProxy:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                losing = threading.Event()
                threading.Thread(target=self._up, args=(near, far, losing), daemon=True).start()
                threading.Thread(target=self._down, args=(near, far, losing), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while data := near.recv(65536):
                if self._lose and self._word in data:
                    self._lose -= 1
                    losing.set()
                far.sendall(data)
        _shut(near, far)

    def _down(self, near: socket.socket, far: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while data := far.recv(65536):
                if losing.is_set():
                    self.lost += 1
                    break
                near.sendall(data)
        _shut(near, far)


def _shut(*connections: socket.socket) -> None:
    for connection in connections:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
