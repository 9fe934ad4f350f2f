"""When `redis.json` is believed. The lock and the listener are real, the server is not."""

import fcntl
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchline.producers import embedded


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def url(listener: socket.socket) -> str:
    return f"redis://:secret@127.0.0.1:{listener.getsockname()[1]}/0"


def record(data_dir: Path, url: object) -> None:
    server = {"url": url, "pid": os.getpid(), "started": "2026-01-01T00:00:00+00:00"}
    (data_dir / embedded.RECORD).write_text(json.dumps(server))


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[None]:
    with (tmp_path / embedded.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_a_folder_that_is_not_there_has_no_server(tmp_path: Path) -> None:
    assert embedded.find(tmp_path / "missing") is None


@pytest.mark.usefixtures("locked")
def test_a_locked_folder_whose_server_accepts_connections_has_its_url(
    tmp_path: Path, url: str
) -> None:
    record(tmp_path, url)
    assert embedded.find(tmp_path) == url


def test_a_living_pid_and_an_open_port_are_not_believed_without_the_lock(
    tmp_path: Path, url: str
) -> None:
    record(tmp_path, url)
    assert embedded.find(tmp_path) is None
    (tmp_path / embedded.LOCK).touch()
    assert embedded.find(tmp_path) is None


@pytest.mark.usefixtures("locked")
def test_a_locked_folder_whose_server_is_not_listening_has_no_server(
    tmp_path: Path, url: str, listener: socket.socket
) -> None:
    record(tmp_path, url)
    listener.close()
    assert embedded.find(tmp_path) is None


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",  # cut off
        b"\xff\xfe",  # no text
        b"[]",
        b"7",
        b'{"url": "redis://127.0.0.1:1/0"}',  # fields missing
        b'{"url": 7, "pid": 1, "started": ""}',
        b'{"url": "redis://127.0.0.1:port/0", "pid": 1, "started": ""}',
        b'{"url": "redis://[::1/0", "pid": 1, "started": ""}',
        b'{"url": "", "pid": 1, "started": ""}',
    ],
)
def test_a_file_that_makes_no_sense_is_not_believed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / embedded.RECORD).write_bytes(content)
    assert embedded.find(tmp_path) is None


@pytest.mark.usefixtures("locked")
def test_many_at_once_may_look(tmp_path: Path, url: str, listener: socket.socket) -> None:
    listener.listen(50)
    record(tmp_path, url)
    found: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: found.append(embedded.find(tmp_path))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [url] * 20


def test_the_password_is_in_no_repr() -> None:
    assert "secret" not in repr(embedded.Running("redis://:secret@127.0.0.1:1/0", 1, ""))
