"""Commands that stay on the screen, in a terminal; and the filter of `status`."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from batchline.worker.dead_letters import bulk
from batchline.worker.dead_letters.filter import Filter
from tests.builders import contact, event
from tests.letters import dead
from tests.waiting import PATIENCE, until


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, stack, *arguments):
        self.shown = b""
        self._end, other = pty.openpty()
        self._command = subprocess.Popen(
            [sys.executable, "-m", "batchline", *arguments],
            stdin=other,
            stdout=other,
            stderr=other,
            cwd=stack.folder,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "160", "LINES": "50"},
            # As a terminal's: who runs the tests in the background has it ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        os.close(other)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._command.kill()
        self._command.wait(PATIENCE)
        self._reader.join(PATIENCE)
        os.close(self._end)

    def _read(self):
        with suppress(OSError):  # the command has ended
            while part := os.read(self._end, 65_536):
                self.shown += part

    def until(self, pattern):
        """Wait until it has shown this."""
        until(lambda: re.search(pattern, self.shown.decode(errors="replace")), self._told)

    def _told(self):
        return self.shown.decode(errors="replace")

    def interrupted(self):
        """The exit code after Ctrl-C."""
        self._command.send_signal(signal.SIGINT)
        return self._command.wait(PATIENCE)


@pytest.mark.parametrize(
    ("command", "begins", "later"),
    [
        (("status", "--watch"), "event.add", "contact.upsert"),
        (("lanes", "--watch"), "event.add", "contact.upsert"),
        (("bulk", "list", "--watch"), "spring", "autumn"),
    ],
    ids=["status", "lanes", "bulk"],
)
def test_watch_shows_what_changes_and_ends_with_0_by_ctrl_c(stack, command, begins, later):
    dead(stack, [event(1)])
    bulk.order(stack.store, "spring", "purge", Filter(), "eve")
    with Terminal(stack, *command) as terminal:
        terminal.until(begins)
        assert later not in terminal.shown.decode()
        with stack.producer() as producer:
            producer.send(contact("ann@shop.example"))
        bulk.order(stack.store, "autumn", "replay", Filter(), "eve")
        terminal.until(later)
        assert terminal.interrupted() == 0
        terminal._reader.join(PATIENCE)
    assert "Traceback" not in terminal.shown.decode()


def test_requests_that_come_are_followed_until_ctrl_c(stack):
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.until(lambda now: now.totals["delivered"] == 1)
        with Terminal(stack, "requests", "--follow") as terminal:
            terminal.until("contact.upsert")
            assert "event.add" not in terminal.shown.decode()
            producer.send(event(1))
            terminal.until("event.add")
            assert terminal.interrupted() == 0
    assert "ann@shop.example" not in terminal.shown.decode()


def test_status_where_shows_only_the_lanes_that_fit_and_their_sums(stack):
    with stack.producer() as producer:
        producer.send_many([event(1), event(2), contact("ann@shop.example")])
    found = stack.run_json("status", "--where", "operation=event.add", "--json")
    assert [lane["operation"] for lane in found["lanes"]] == ["event.add"]
    assert found["totals"]["backlog"] == 2
    text = stack.run("status", "--where", "operation=event.add").stdout.decode()
    assert "event.add" in text
    assert "contact.upsert" not in text
    assert stack.run("status", "--where", "colour=red").returncode == 2
    assert stack.run("status", "--where", "account=default", "--history").returncode == 2


def test_bulk_acts_under_way_stand_in_the_status(stack):
    dead(stack, [event(1), event(2)])
    assert stack.run_json("status", "--json")["bulk"] == []
    bulk.order(stack.store, "spring", "purge", Filter(account="default"), "eve")
    (one,) = stack.run_json("status", "--json")["bulk"]
    assert (one["name"], one["what"], one["state"]) == ("spring", "purge", "counting")
    assert "spring" in stack.run("status").stdout.decode()
    assert stack.run("bulk", "stop", "spring").returncode == 0
    assert stack.run_json("status", "--json")["bulk"] == []
    assert json.loads(stack.run("bulk", "show", "spring", "--json").stdout)["state"] == "stopped"
