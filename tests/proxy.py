"""A TCP proxy that can lose answers, go silent, refuse, and lead to another server."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(eq=False)
class _Pair:
    """A client's connection and the server's."""

    near: socket.socket
    far: socket.socket
    #: The next answer is lost, and the connection with it.
    losing: threading.Event = field(default_factory=threading.Event)
    #: Nothing passes any more, in either direction, and neither side is told.
    silent: threading.Event = field(default_factory=threading.Event)

    def close(self) -> None:
        self.shut()
        self.near.close()
        self.far.close()

    def shut(self) -> None:
        for connection in (self.near, self.far):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class LossyProxy:
    """Forwards to a server; loses the next answers to commands that carry a word, on demand."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lose = 0
        self._word = b""
        self.lost = 0
        self._silent = False
        self._closed = False
        self._pairs: list[_Pair] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @classmethod
    def before(cls, url: str) -> LossyProxy:
        """In front of the server of that address."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        return cls(parts.hostname, parts.port)

    def url(self, url: str) -> str:
        """The address, by way of this proxy."""
        return url.replace(f":{urlsplit(url).port}", f":{self.port}")

    def lose_answers(self, count: int, word: bytes = b"EVALSHA") -> None:
        """Let the next `count` commands with that word through, and break off their answers."""
        self._word, self._lose = word, count

    def switch(self, url: str) -> None:
        """Lead to another server from now on; cut the connections to the one before."""
        parts = urlsplit(url)
        self._target = (str(parts.hostname), int(parts.port or 0))
        self.cut()

    def cut(self) -> None:
        """Break off every connection."""
        for pair in list(self._pairs):
            pair.shut()

    def go_silent(self) -> None:
        """Drop every packet, in both directions; no connection is closed.

        The connections of before and of meanwhile lead nowhere for ever, as when a firewall has
        forgotten them; new ones work again after `speak`.
        """
        self._silent = True
        for pair in list(self._pairs):
            pair.silent.set()

    def speak(self) -> None:
        self._silent = False

    def refuse(self) -> None:
        """Be as a host on which nothing runs: refuse connections, and break off those there are."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        self.cut()

    def serve_again(self) -> None:
        """Listen again, at the same port, after `refuse`."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        with self._lock:
            self._closed = True
        for pair in self._pairs:
            pair.close()

    def __enter__(self) -> LossyProxy:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(self._target)
                except OSError:
                    near.close()
                    continue
                pair = _Pair(near, far)
                if self._silent:
                    pair.silent.set()
                with self._lock:
                    if self._closed:
                        pair.close()
                        return
                    self._pairs.append(pair)
                threading.Thread(target=self._up, args=(pair,), daemon=True).start()
                threading.Thread(target=self._down, args=(pair,), daemon=True).start()

    def _up(self, pair: _Pair) -> None:
        with suppress(OSError):
            while data := pair.near.recv(65536):
                if pair.silent.is_set():
                    continue
                if self._lose and self._word in data:
                    self._lose -= 1
                    pair.losing.set()
                pair.far.sendall(data)
        self._end(pair)

    def _down(self, pair: _Pair) -> None:
        with suppress(OSError):
            while data := pair.far.recv(65536):
                if pair.silent.is_set():
                    continue
                if pair.losing.is_set():
                    self.lost += 1
                    break
                pair.near.sendall(data)
        self._end(pair)

    def _end(self, pair: _Pair) -> None:
        if not pair.silent.is_set():
            pair.shut()
