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


MIXED = """
stall_after = 60
[accounts.default]
system = "salesmanago"
url = "https://app2.salesmanago.com"
client_id = "c"
api_key = "k"
api_secret_file = "secret"
owner = "o@vendor.pl"
timeout = {read = 20}
operations."event.add" = {linger = 1}
[accounts.es]
system = "esputnik"
api_key_file = "/run/nowhere"
"""
#: Keys of both accounts -> what has set them.
SOURCES = {
    "stall_after": "batchline.toml",
    "redis_url": "BATCHLINE_REDIS_URL",
    "broker_url": "the server of redis_url, its next database",
    "enqueue_timeout": "default",
    "enqueue_pause.first": "BATCHLINE_ENQUEUE_PAUSE",
    "enqueue_pause.max": "default",
    "accounts.default.owner": "BATCHLINE_ACCOUNTS__DEFAULT__OWNER",
    "accounts.default.client_id": "batchline.toml",
    "accounts.default.api_secret": "batchline.toml",
    "accounts.default.timeout.read": "batchline.toml",
    "accounts.default.timeout.connect": "default",
    'accounts.default.operations."event.add".linger': (
        "BATCHLINE_ACCOUNTS__DEFAULT__OPERATIONS__EVENT_ADD__LINGER"
    ),
    'accounts.default.operations."event.add".partitions': "default",
}


@pytest.fixture
def mixed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "batchline.toml").write_text(MIXED)
    (tmp_path / "secret").write_text("geheim")
    monkeypatch.setenv("BATCHLINE_REDIS_URL", "redis://:geheim@h:1/0")
    monkeypatch.setenv("BATCHLINE_ENQUEUE_PAUSE", '{"first": 1}')
    monkeypatch.setenv("BATCHLINE_ACCOUNTS__DEFAULT__OWNER", "other@vendor.pl")
    monkeypatch.setenv("BATCHLINE_ACCOUNTS__DEFAULT__OPERATIONS__EVENT_ADD__LINGER", "3")
    return tmp_path


@pytest.mark.parametrize("as_json", [True, False])
def test_where_each_value_comes_from_is_shown(mixed, as_json):
    output = CliRunner().invoke(command, ["--json"] if as_json else []).output
    if as_json:
        found = json.loads(output)["sources"]
    else:  # a default has no note there
        rows = [row.partition(" = ") for row in output.splitlines() if not row.startswith("#")]
        notes = {key: value.partition("  # ")[2] for key, _, value in rows}
        found = {key: note or "default" for key, note in notes.items()}
    assert {key: found[key] for key in SOURCES} == SOURCES


def test_a_default_has_no_note(mixed):
    rows = CliRunner().invoke(command).output.splitlines()
    assert "enqueue_timeout = 1.0" in rows


def test_the_file_that_was_read_is_named_whole(mixed):
    first = CliRunner().invoke(command).output.splitlines()[0]
    assert str(mixed / "batchline.toml") in first


def test_a_secret_that_is_not_here_is_shown_as_none_with_the_reason(mixed):
    output = CliRunner().invoke(command).output
    line = "accounts.es.api_key = null  # api_key_file: /run/nowhere: No such file or directory"
    assert line in output
    shown = json.loads(CliRunner().invoke(command, ["--json"]).output)
    assert shown["accounts"]["es"]["api_key"] is None


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CELERY_BROKER_URL", "redis://:geheim@elsewhere/3", True),
        ("CELERY_BROKER_READ_URL", "amqp://elsewhere", True),
        ("CELERY_BROKER_WRITE_URL", "amqp://elsewhere", True),
        ("BROKER_URL", "amqp://elsewhere", True),
        ("CELERY_RESULT_BACKEND", "db+sqlite:///x", True),
        ("CELERY_BROKER_URL", "redis://:geheim@h:1/1", False),
    ],
)
def test_a_variable_of_celerys_that_is_not_followed_is_told(mixed, monkeypatch, name, value, told):
    monkeypatch.setenv(name, value)
    output = CliRunner().invoke(command).output
    assert (f"# {name} is set and not used" in output) == told
    assert "geheim" not in output


def lines(*options):
    result = CliRunner().invoke(command, options)
    assert result.exit_code == 0, result.output
    rows = [row for row in result.output.splitlines() if not row.startswith("#")]
    return {key: value.partition("  # ")[0] for key, _, value in (r.partition(" = ") for r in rows)}


def test_changed_shows_what_was_set_and_differs_from_its_default(mixed):
    with (mixed / "batchline.toml").open("a") as file:
        file.write('lease = 60\nuser = "batchline"\nmapping.contact = {size = "field:7"}\n')
    shown = lines("--changed")
    assert shown == {
        "redis_url": '"redis://***@h:1/0"',
        "enqueue_pause.first": "1.0",
        "stall_after": "60.0",
        "accounts.default.system": '"salesmanago"',
        "accounts.default.url": '"https://app2.salesmanago.com"',
        "accounts.default.client_id": '"c"',
        "accounts.default.api_key": '"**********"',
        "accounts.default.api_secret": '"**********"',
        "accounts.default.owner": '"other@vendor.pl"',
        "accounts.default.timeout.read": "20.0",
        'accounts.default.operations."event.add".linger': "3.0",
        "accounts.es.system": '"esputnik"',
        "accounts.es.api_key": "null",
        "accounts.es.mapping.contact.size": '"field:7"',
    }
    assert shown.items() <= lines().items()


def test_a_value_that_is_set_to_its_default_is_not_changed(mixed, monkeypatch):
    monkeypatch.setenv("BATCHLINE_ACCOUNTS__DEFAULT__OPERATIONS__EVENT_ADD__LINGER", "5")
    monkeypatch.setenv("BATCHLINE_ENQUEUE_PAUSE", '{"first": 0.5}')
    assert not {key for key in lines("--changed") if "linger" in key or "pause" in key}


@pytest.mark.parametrize("options", [[], ["--changed"]])
def test_an_account_shows_its_own_settings_alone(mixed, options):
    whole = lines(*options)
    alone = lines("es", *options)
    assert alone == {key: one for key, one in whole.items() if key.startswith("accounts.es.")}
    told = json.loads(CliRunner().invoke(command, ["es", "--json", *options]).output)
    assert set(told) == {"accounts", "sources"}
    assert set(told["accounts"]) == {"es"}
    assert set(told["sources"]) == set(alone)


def test_an_account_shows_its_own_routes_alone(mixed):
    lines = CliRunner().invoke(command, ["es", "--routes", "--json"]).output.splitlines()
    rows = [json.loads(line) for line in lines]
    assert {row["account"] for row in rows} == {"es"}


def test_an_account_that_is_not_there_names_those_that_are(mixed):
    result = CliRunner().invoke(command, ["shop"])
    assert "known: default, es" in str(result.exception)


SALESMANAGO = """
[accounts.default]
system = "salesmanago"
url = "https://app2.salesmanago.com"
client_id = "c"
api_key = "k"
api_secret = "s"
owner = "o@vendor.pl"
"""
POLICY = 'accounts.default.operations."contact.upsert".ambiguous'


def shown_of(tmp_path, monkeypatch, text, *options):
    (tmp_path / "batchline.toml").write_text(text)
    monkeypatch.setenv("BATCHLINE_CONFIG", str(tmp_path / "batchline.toml"))
    return CliRunner().invoke(command, options).output


def test_a_policy_that_no_value_stands_for_is_no_line_to_copy(tmp_path, monkeypatch):
    shown = shown_of(tmp_path, monkeypatch, SALESMANAGO)
    assert f"# {POLICY} is left out: resend, and hold sign-ups under double opt-in" in shown
    assert f"\n{POLICY} =" not in shown
    as_json = json.loads(shown_of(tmp_path, monkeypatch, SALESMANAGO, "--json"))
    operations = as_json["accounts"]["default"]["operations"]
    assert operations["contact.upsert"]["ambiguous"] is None
    assert operations["event.add"]["ambiguous"] == "verify"


def test_a_policy_that_is_set_is_a_line_to_copy(tmp_path, monkeypatch):
    own = f'{SALESMANAGO}operations."contact.upsert" = {{ambiguous = "resend"}}\n'
    assert f'\n{POLICY} = "resend"' in shown_of(tmp_path, monkeypatch, own)


def test_the_names_of_event_types_are_shown_with_the_routes(tmp_path, monkeypatch):
    own = f'{SALESMANAGO}mapping.event_types = {{paid = "PURCHASE"}}\n'
    assert re.search(r"type paid +PURCHASE", shown_of(tmp_path, monkeypatch, own, "--routes"))
    told = shown_of(tmp_path, monkeypatch, own, "--routes", "--json")
    rows = [json.loads(line) for line in told.splitlines()]
    assert [row.get("event_types") for row in rows] == [None, {"paid": "PURCHASE"}]
