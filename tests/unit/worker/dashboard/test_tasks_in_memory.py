"""How many tasks Flower keeps in memory."""

from __future__ import annotations

import pytest
from tornado.options import options

from batchline.producers import Settings
from batchline.worker.dashboard import install


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The option after installing, where it was this before."""
    monkeypatch.setattr(install, "_into_flower", lambda: None)
    monkeypatch.setattr(install.access, "configure", lambda *_: None)
    monkeypatch.setattr(install.flower.urls, "settings", {})

    def option(before):
        monkeypatch.setattr(options.mockable(), "max_tasks", before)
        install.install(Settings(data_dir=tmp_path)).close()
        return options.max_tasks

    return option


def test_flowers_own_default_keeps_some_thousand_tasks(installed):
    assert installed(install.FLOWERS_TASKS) == install.TASKS


def test_flowers_own_default_is_what_flower_says():
    assert options._options["max-tasks"].default == install.FLOWERS_TASKS


def test_a_number_that_was_asked_for_is_kept(installed):
    assert installed(20_000) == 20_000
