"""The embedded Redis, with the real server, real signals and real other processes."""

import importlib.metadata
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from batchline.producers import embedded as lookup
from batchline.producers.redis_client import connect
from batchline.worker.devstack import redis_server as embedded
from batchline.worker.devstack.redis_server import (
    AlreadyRunning,
    EmbeddedRedis,
    NoServerFound,
    PortTaken,
    StartFailed,
)
from tests.waiting import PATIENCE, until

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, or needs prctl")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path / "data folder") as server:
        yield server


def client(server: EmbeddedRedis) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another process has."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        yield other.getsockname()[1]


def hide_the_packaged_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", not_installed)


def a_server_that(says: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only server of this machine: a shell script."""
    hide_the_packaged_server(monkeypatch)
    script = folder / "redis-server"
    script.write_text(f"#!/bin/sh\n{says}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_it_listens_on_loopback_only(server: EmbeddedRedis) -> None:
    with client(server) as redis_client:
        assert redis_client.config_get("bind") == {"bind": "127.0.0.1"}
    with pytest.raises(OSError, match=r"refused|unreachable|assign"):
        socket.create_connection(("::1", server.port), 1)


def test_it_needs_the_password(server: EmbeddedRedis) -> None:
    url = f"redis://127.0.0.1:{server.port}/0"
    with connect(url, timeout=PATIENCE) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


@linux
def test_the_password_is_in_no_command_line_no_environment_and_no_log(
    server: EmbeddedRedis,
) -> None:
    password = urlsplit(server.url).password
    assert password
    process = Path(f"/proc/{server.pid}")
    for file in (process / "cmdline", process / "environ", server.data_dir / embedded.LOG):
        assert password.encode() not in file.read_bytes()


def test_nobody_else_reads_its_files(server: EmbeddedRedis) -> None:
    files = [server.data_dir, *server.data_dir.rglob("*")]
    assert len(files) > 4
    assert [file for file in files if stat.S_IMODE(file.stat().st_mode) & 0o077] == []


def test_it_is_durable_and_never_evicts(server: EmbeddedRedis) -> None:
    with client(server) as redis_client:
        assert redis_client.config_get("append*", "maxmemory-policy", "save") == {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "appendfilename": "appendonly.aof",
            "appenddirname": "appendonlydir",
            "maxmemory-policy": "noeviction",
            "save": "",
        }


def test_fsync_can_be_had_for_every_write(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path, fsync="always") as server, client(server) as redis_client:
        assert redis_client.config_get("appendfsync") == {"appendfsync": "always"}


def test_data_survives_stop_and_start_by_another_owner(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as first, client(first) as redis_client:
        redis_client.set("key", "value")
    with EmbeddedRedis(tmp_path) as second, client(second) as redis_client:
        assert redis_client.get("key") == "value"
        assert second.url != first.url


def test_every_acknowledged_write_survives_kill_9_at_the_same_address(
    server: EmbeddedRedis,
) -> None:
    address = server.url
    with client(server) as redis_client:
        for _ in range(1000):
            acknowledged = redis_client.incr("counter")
        server.kill()
        assert lookup.find(server.data_dir) is None
        server.start()
        assert server.url == address
        assert redis_client.get("counter") == str(acknowledged)
        server.restart()
        assert server.url == address
        assert redis_client.get("counter") == str(acknowledged)


def test_another_process_finds_it_through_the_data_folder_while_it_runs(
    server: EmbeddedRedis,
) -> None:
    program = (
        "import sys; from pathlib import Path; from batchline.producers.embedded import find;"
        "print(find(Path(sys.argv[1])))"
    )

    def found() -> str:
        command = [sys.executable, "-c", program, str(server.data_dir)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert found() == server.url
    server.stop()
    assert found() == "None"
    assert not (server.data_dir / lookup.RECORD).exists()


def test_a_stale_file_is_not_trusted_even_if_its_pid_and_port_are_in_use(
    server: EmbeddedRedis,
) -> None:
    server.kill()
    file = server.data_dir / lookup.RECORD
    file.write_text(file.read_text().replace('"pid": ', f'"pid": {os.getpid()}, "was": '))
    assert lookup.find(server.data_dir) is None
    with socket.create_server(("127.0.0.1", server.port)):
        assert lookup.find(server.data_dir) is None


def test_a_second_server_in_the_folder_is_refused_and_the_first_is_named(
    server: EmbeddedRedis,
) -> None:
    with pytest.raises(AlreadyRunning, match=f"pid {server.pid}") as refused:
        EmbeddedRedis(server.data_dir).start()
    assert refused.value.server
    assert refused.value.server.url == server.url
    with client(server) as redis_client:
        assert redis_client.ping()
    assert lookup.find(server.data_dir) == server.url


def test_it_can_be_entered_again(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    for _ in range(2):
        with server, client(server) as redis_client:
            assert redis_client.ping()
        assert not server.url
        assert server.pid is None


def test_of_many_that_start_at_once_one_does(tmp_path: Path) -> None:
    servers = [EmbeddedRedis(tmp_path) for _ in range(6)]
    refusals: list[AlreadyRunning] = []

    def start(server: EmbeddedRedis) -> None:
        try:
            server.start()
        except AlreadyRunning as error:
            refusals.append(error)

    threads = [threading.Thread(target=start, args=[server]) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        (started,) = (server for server in servers if server.pid)
        assert [error.server and error.server.url for error in refusals] == [started.url] * 5
    finally:
        for server in servers:
            server.stop()


_OWNER = """
import sys, threading, time
from pathlib import Path
from batchline.worker.devstack.redis_server import EmbeddedRedis
server = EmbeddedRedis(Path(sys.argv[1]))
starter = threading.Thread(target=server.start)  # Linux binds the death signal to a thread
starter.start()
starter.join()
print(server.pid, flush=True)
time.sleep(60)
"""


@linux
def test_it_ends_with_its_parent_killed_9_and_not_with_the_thread_that_started_it(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", _OWNER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        pid = int(owner.stdout.readline())
        time.sleep(0.3)
        url = lookup.find(tmp_path)
        assert url
        with redis.Redis.from_url(url) as redis_client:
            redis_client.set("key", "value")
        owner.kill()
    until(lambda: not Path(f"/proc/{pid}").exists(), "the server ends")
    assert lookup.find(tmp_path) is None
    with EmbeddedRedis(tmp_path) as server, client(server) as redis_client:
        assert redis_client.get("key") == "value"


def test_ctrl_c_at_the_terminal_is_not_for_it(server: EmbeddedRedis) -> None:
    assert server.pid
    assert os.getpgid(server.pid) != os.getpgid(0)


def test_without_any_server_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_the_packaged_server(monkeypatch)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoServerFound, match=r"pip install 'batchline\[embedded\]'.*redis-server"):
        EmbeddedRedis(tmp_path).start()
    assert lookup.find(tmp_path) is None


@pytest.mark.skipif(
    not (shutil.which("redis-server") or shutil.which("valkey-server")),
    reason="no Redis is installed on this machine",
)
def test_an_installed_server_serves_where_no_wheel_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_the_packaged_server(monkeypatch)
    with EmbeddedRedis(tmp_path) as server, client(server) as redis_client:
        redis_client.set("key", "value")
        server.kill()
        server.start()
        assert redis_client.get("key") == "value"


def test_a_server_that_does_not_come_up_is_shown_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_server_that("echo I cannot; exit 3", tmp_path, monkeypatch)
    with pytest.raises(StartFailed, match=r"(?s)status 3.*redis\.log.*I cannot"):
        EmbeddedRedis(tmp_path / "data").start()


def test_a_server_that_never_answers_is_given_up_on_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_server_that(f"echo $$ > {tmp_path}/pid; exec sleep 60", tmp_path, monkeypatch)
    monkeypatch.setattr(embedded, "START_SECONDS", 0.3)
    with pytest.raises(StartFailed, match=r"did not answer for 0\.3 s"):
        EmbeddedRedis(tmp_path / "data").start()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGCONT)


def test_a_server_too_old_for_the_data_is_refused_instead_of_starting_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    EmbeddedRedis(tmp_path / "data").start().stop()
    refusal = """grep -q appenddirname && echo ">>> 'appenddirname appendonlydir'"; exit 1"""
    a_server_that(refusal, tmp_path, monkeypatch)  # as Redis 6.2.14 answers
    with pytest.raises(StartFailed, match="too old for data that a newer one wrote"):
        EmbeddedRedis(tmp_path / "data").start()


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(tmp_path: Path, taken: int) -> None:
    with pytest.raises(PortTaken, match="Address already in use"):
        EmbeddedRedis(tmp_path, taken).start()


def test_a_free_port_that_another_process_takes_first_is_replaced(
    tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = embedded._free_port()
    ports = iter([taken, taken, free])
    monkeypatch.setattr(embedded, "_free_port", lambda: next(ports))
    with EmbeddedRedis(tmp_path) as server:
        assert server.port == free


def test_reading_a_long_append_only_file_is_waited_for_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "PROGRESS_SECONDS", 0.0)
    commands = (
        b"*3\r\n$3\r\nSET\r\n$%d\r\n%d\r\n$1\r\nx\r\n" % (len(str(number)), number)
        for number in range(300_000)
    )
    (tmp_path / "appendonly.aof").write_bytes(b"".join(commands))
    lines: list[str] = []
    with (
        EmbeddedRedis(tmp_path, progress=lines.append) as server,
        client(server) as redis_client,
    ):
        assert redis_client.dbsize() == 300_000
    assert lines
    assert "reading its append-only file" in lines[0]


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(embedded.EmbeddedRedisError, match=r"data_dir .*file/data cannot be used"):
        EmbeddedRedis(tmp_path / "file" / "data").start()
