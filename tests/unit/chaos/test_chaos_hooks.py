"""The hooks of a chaos run: a worker that stops itself, a release that reads another format."""

from __future__ import annotations

import signal

import pytest

from batchline.producers import entry
from batchline.producers.lanes import Lane
from batchline.worker.store.batch import Batch
from tests.chaos import releases, worker

LANE = Lane("default", "event.add")


class Delivery:
    """Something with a step."""

    def run(self, said):
        return f"ran {said}"


@pytest.fixture
def stops(monkeypatch):
    """The signals that this process gave itself."""
    given = []
    monkeypatch.setattr(worker.os, "kill", lambda pid, number: given.append(number))
    return given


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_worker_stops_itself_once_at_the_step_that_is_asked_for(
    tmp_path, monkeypatch, stops, side
):
    monkeypatch.setattr(worker, "PLACES", {"send": (Delivery, "run")})
    monkeypatch.setattr(Delivery, "run", Delivery.run)  # as it was, afterwards
    worker.install(tmp_path / "stop")
    assert Delivery().run("first") == "ran first"
    assert stops == []
    (tmp_path / "stop").write_text(f"send {side}")
    assert Delivery().run("second") == "ran second"
    assert Delivery().run("third") == "ran third"
    assert stops == [signal.SIGSTOP]


def test_every_place_where_a_worker_can_stop_exists():
    assert all(callable(getattr(owner, name)) for owner, name in worker.PLACES.values())
    assert len(worker.STEPS) == 2 * len(worker.PLACES)


def test_a_thread_of_a_newer_release_writes_what_only_a_newer_worker_reads(monkeypatch):
    monkeypatch.setattr(entry, "field_name", entry.field_name)
    monkeypatch.setattr(Batch, "read", Batch.read)
    releases.let_threads_write_newer()
    with releases.writing(newer=True):
        name = entry.field_name("ann@shop.example", "").encode()
    older = entry.field_name("bob@shop.example", "").encode()
    reply = [[b"1-0", [name, b"{}"]], [b"1-1", [older, b"{}"]]]
    assert Batch.read(LANE, reply).is_newer
    releases.read_both()
    batch = Batch.read(LANE, reply)
    assert not batch.is_newer
    assert list(batch.columns.contacts) == [b"ann@shop.example", b"bob@shop.example"]
