"""`batchline config` shows what is in force, and no secret."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from batchline.worker.cli.config import command

SETTINGS = """
redis_url = "rediss://10.0.0.1:6380/0?username=app&password=geheim&ssl_ca_certs=/ca.pem"
sentry_dsn = "https://geheim@sentry.example/1"
[accounts.default]
system = "smartsender"
url = "https://gate:geheim@api.example"
token = "geheim"
"""


@pytest.mark.parametrize("options", [[], ["--json"], ["--routes"], ["--routes", "--json"]])
def test_no_secret_is_shown_wherever_it_stands(tmp_path, monkeypatch, options):
    (tmp_path / "batchline.toml").write_text(SETTINGS)
    monkeypatch.setenv("BATCHLINE_CONFIG", str(tmp_path / "batchline.toml"))
    result = CliRunner().invoke(command, options)
    assert result.exit_code == 0, result.output
    assert "geheim" not in result.output


def test_what_is_no_secret_is_shown(tmp_path, monkeypatch):
    (tmp_path / "batchline.toml").write_text(SETTINGS)
    monkeypatch.setenv("BATCHLINE_CONFIG", str(tmp_path / "batchline.toml"))
    shown = json.loads(CliRunner().invoke(command, ["--json"]).output)
    tail = "?username=***&password=***&ssl_ca_certs=/ca.pem"
    assert shown["redis_url"] == f"rediss://10.0.0.1:6380/0{tail}"
    assert shown["accounts"]["default"]["url"] == "https://***@api.example"


def test_every_key_that_is_shown_stands_in_the_document_of_the_settings(tmp_path, monkeypatch):
    (tmp_path / "batchline.toml").write_text(SETTINGS)
    monkeypatch.setenv("BATCHLINE_CONFIG", str(tmp_path / "batchline.toml"))
    document = (Path(__file__).parents[4] / "docs" / "settings.md").read_text()
    shown = [row.partition(" = ")[0] for row in CliRunner().invoke(command).output.splitlines()]
    keys = {row.rpartition(".")[2] for row in shown if not row.startswith("#")}
    assert {key for key in keys if not re.search(rf"\b{key}\b", document)} == set()
