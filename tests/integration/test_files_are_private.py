"""Every file that a command or a worker writes is for its owner only, under any umask."""

from __future__ import annotations

import os
import stat

import pytest

from tests.builders import contact


@pytest.fixture
def _open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_open_umask")
def test_rejects_exports_and_a_workers_files_are_private(stack):
    stack.sandbox.control.script("bad@shop.example", ["reject"])
    (stack.folder / "in.jsonl").write_text("no json\n")
    (stack.folder / "old.jsonl").write_text("an export of before")
    known = set(stack.folder.iterdir())
    stack.run("enqueue", "in.jsonl", "--rejects", "rejects.jsonl")
    worker = stack.worker("worker", "--logfile", "celery.log", "--pidfile", "celery.pid")
    with stack.producer() as producer:
        producer.send(contact("bad@shop.example"))
    stack.until(lambda now: now.totals["dead"] == 1)
    stack.until(lambda now: (stack.folder / "celery.pid").exists())
    for name in ("new.jsonl", "old.jsonl"):
        assert stack.run("dead", "export", name, "--force").returncode == 0
        assert "bad@shop.example" in (stack.folder / name).read_text()
    written = {path for path in stack.folder.iterdir() if path not in known}
    names = {path.name for path in written}
    assert names >= {"rejects.jsonl", "new.jsonl", "celery.log", "celery.pid", "worker.log"}
    written.add(stack.folder / "old.jsonl")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in written if path.is_file()}
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}
    worker.stop()
