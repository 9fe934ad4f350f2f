"""What every command keeps to: exit codes, JSON, help, examples. A new one needs a row here."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from click.testing import CliRunner

from batchline.worker.cli import confirming, exit_codes, tree
from batchline.worker.cli.root import batchline
from tests import completion
from tests.fake_api import ACCOUNT

ID = "default:event.add:0@1795248000000-0"
AWAY = "redis://127.0.0.1:1/0"
SETTINGS = f"""
redis_url = "{AWAY}"
data_dir = "data"
{ACCOUNT}
[accounts.es]
system = "esputnik"
url = "http://127.0.0.1:9"
api_key = "k"
[accounts.sender]
system = "smartsender"
url = "http://127.0.0.1:9"
token = "t"
[accounts.hooks]
system = "webhook"
url = "https://shop.example/hooks"
secret = "0123456789abcdef0123456789abcdef"
"""


class Row(NamedTuple):
    """How a command is called, and what it ends with."""

    arguments: str = ""
    #: While Redis is away. Not 69 where the command needs none, or is there to tell of it.
    away: int = exit_codes.REDIS_AWAY
    #: With settings that cannot be used. Not 78 where the command reads none.
    settings: int = exit_codes.CONFIGURATION
    #: Whether it shows something, so that it has --json.
    reads: bool = False


#: Command -> how it is called. A question needs Redis for the limits of its account alone:
#: SALESmanago here has none, and its API is away.
ROWS = {
    "up": Row("--no-flower"),
    "users add": Row("ann --role viewer", away=2),  # no password on stdin
    "users list": Row(away=0, reads=True),
    "users remove": Row("ann", away=2),  # there is none
    "enqueue": Row("messages.jsonl"),
    "preview": Row("messages.jsonl", away=0, reads=True),
    "status": Row(reads=True),
    "lanes": Row("--where account=default", reads=True),
    "top": Row(away=2),  # it has no terminal
    "why": Row("default", reads=True),
    "doctor": Row("--offline", away=1, settings=1, reads=True),
    "health": Row("--name nobody@here", away=1, settings=1, reads=True),
    "dead list": Row("--reason rejected", reads=True),
    "dead show": Row(ID, reads=True),
    "dead seen": Row(),
    "dead edit": Row(f"{ID} --set email=a@b.pl"),
    "dead replay": Row("--reason rejected"),
    "dead purge": Row("--reason rejected --yes"),
    "dead export": Row("--reason rejected -"),
    "dead import": Row("messages.jsonl"),
    "bulk list": Row(reads=True),
    "bulk show": Row("spring", reads=True),
    "bulk confirm": Row("spring --count 1"),
    "bulk stop": Row("spring"),
    "bulk resume": Row("spring"),
    "bulk pace": Row("spring --rate 5"),
    "erase": Row("--email ann@shop.example --yes", reads=True),
    "suppress add": Row("--email ann@shop.example"),
    "suppress remove": Row("--email ann@shop.example"),
    "suppress check": Row("--email ann@shop.example"),
    "suppress list": Row(reads=True),
    "requests": Row("--account default", reads=True),
    "results": Row(reads=True),
    "ask salesmanago has-contact": Row("ann@shop.example", away=2, reads=True),
    "ask salesmanago contact": Row("ann@shop.example", away=2, reads=True),
    "ask salesmanago coupon": Row("SPRING SB-1", away=2, reads=True),
    "ask salesmanago job": Row("1", away=2, reads=True),
    "ask salesmanago pushes": Row("app", away=2, reads=True),
    "ask salesmanago users": Row(away=2, reads=True),
    "ask esputnik account-info": Row(reads=True),
    "ask esputnik message-status": Row("1", reads=True),
    "ask esputnik contact": Row("ann@shop.example", reads=True),
    "ask smartsender contact": Row("1", reads=True),
    "ask smartsender tags": Row("1", reads=True),
    "trace": Row(ID, reads=True),
    "pause": Row("default"),
    "resume": Row("default"),
    "metrics": Row("--once"),
    "alerts": Row(reads=True),
    "alerts watch": Row(settings=78, away=78),  # it has no webhook
    "alerts test": Row(settings=78, away=78),
    "acts": Row(reads=True),
    "operations": Row(away=0, settings=0, reads=True),
    "config": Row(away=0, reads=True),
    "completion": Row("bash", away=0, settings=0),
}
#: Commands that become another program: tests/integration/test_preflight.py has their codes; the
#: sandbox and the demo bring everything along, settings and Redis too.
OTHERS = {"worker", "flower", "sandbox", "demo"}


def leaves(
    command: click.Command, ctx: click.Context, path: str = ""
) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words."""
    if path and (not isinstance(command, click.Group) or command.invoke_without_command):
        yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            yield from leaves(inner, click.Context(inner, ctx, name), f"{path} {name}".strip())


def groups(command: click.Command, ctx: click.Context, path: str = "") -> Iterator[str]:
    if isinstance(command, click.Group):
        yield path
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            yield from groups(inner, click.Context(inner, ctx, name), f"{path} {name}".strip())


ROOT = click.Context(batchline, info_name="batchline", **batchline.context_settings)
COMMANDS = dict(leaves(batchline, ROOT))
PATHS = [*COMMANDS, *groups(batchline, ROOT)]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command line in a folder with settings, and Redis away."""
    for name in ("COLUMNS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BATCHLINE_CONFIG", str(tmp_path / "batchline.toml"))
    monkeypatch.setenv("BATCHLINE_HEALTH_DIR", str(tmp_path))
    monkeypatch.setattr("batchline.worker.cli.enqueue.REDIS_PATIENCE", 0.2)
    (tmp_path / "batchline.toml").write_text(SETTINGS)
    event = {"contactExtEventType": "CART", "date": 1_795_248_000_000}
    line = {"op": "event.add", "data": {"email": "ann@shop.example", "contactEvent": event}}
    letter = {"id": ID, "account": "default", "reason": "rejected", **line}
    (tmp_path / "messages.jsonl").write_text(json.dumps(line) + "\n")
    (tmp_path / "letters.jsonl").write_text(json.dumps(letter) + "\n")
    (tmp_path / "contacts.jsonl").write_text("")
    for name in ("address", "addresses"):
        (tmp_path / f"{name}.txt").write_text("ann@shop.example\n")
    (tmp_path / "people.csv").write_text("E-mail\nann@shop.example\n")
    return lambda words: CliRunner().invoke(batchline, shlex.split(words))


def test_every_command_has_a_row_and_every_row_a_command():
    assert {*ROWS} | OTHERS == {*COMMANDS}


@pytest.mark.parametrize("path", ROWS)
def test_while_redis_is_away_it_ends_with_69(run, path):
    row = ROWS[path]
    done = run(f"{path} {row.arguments}")
    assert done.exit_code == row.away, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)


@pytest.mark.parametrize("path", ROWS)
def test_with_settings_of_no_use_it_ends_with_78(run, path):
    Path("batchline.toml").write_text("reddis_url = 1\n")
    row = ROWS[path]
    done = run(f"{path} {row.arguments}")
    assert done.exit_code == row.settings, done.output


@pytest.mark.parametrize("path", ROWS)
def test_an_option_that_there_is_not_ends_it_with_2_and_names_the_nearest(run, path):
    option = max((one for p in COMMANDS[path].params for one in p.opts if one[:2] == "--"), key=len)
    done = run(f"{path} {ROWS[path].arguments} {option[:-1]}x")
    assert done.exit_code == 2
    assert option in done.output or "No such option" in done.output
    assert "Did you mean" in done.output or "Possible" in done.output or len(option) < 6


@pytest.mark.parametrize(
    ("words", "meant"),
    [("stattus", "status"), ("ask esputnk", "esputnik"), ("dead lst", "list"), ("users ad", "add")],
)
def test_a_command_that_there_is_not_ends_with_2_and_names_the_nearest(run, words, meant):
    done = run(words)
    assert (done.exit_code, f"Did you mean '{meant}'" in done.output) == (2, True), done.output


@pytest.mark.parametrize("path", [path for path, row in ROWS.items() if row.reads])
def test_a_command_that_shows_something_shows_it_as_json(path):
    assert "--json" in {one for param in COMMANDS[path].params for one in param.opts}


@pytest.mark.parametrize("path", [p for p, row in ROWS.items() if row.reads and row.away in (0, 1)])
def test_with_json_standard_output_is_json_alone(run, path):
    done = run(f"{path} {ROWS[path].arguments} --json")
    lines = done.stdout.splitlines()
    try:
        [json.loads(line) for line in lines]
    except ValueError:
        json.loads(done.stdout)


def test_options_of_one_name_mean_one_thing():
    for name, flag in {"--json": True, "--watch": True, "--check": True, "--yes": True}.items():
        for path, command in COMMANDS.items():
            for param in command.params:
                if name in param.opts:
                    assert param.is_flag == flag, path


def test_no_color_stands_before_a_command_or_behind_it(run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    for words in ("--no-color operations", "operations --no-color"):
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("NO_COLOR", "")
        assert not re.search(r"\x1b\[3\d", run(words).stdout)


def test_what_is_destructive_is_not_asked_about_without_a_terminal(monkeypatch):
    monkeypatch.setattr(confirming, "is_terminal", lambda: False)
    with pytest.raises(click.UsageError, match="--yes confirms it"):
        confirming.confirm("Gone. Go on?", yes=False)
    assert confirming.confirm("Gone. Go on?", yes=True)


@pytest.mark.parametrize(("said", "does"), [("y\n", True), ("n\n", False)])
def test_on_a_terminal_what_is_destructive_is_asked_about(monkeypatch, said, does):
    monkeypatch.setattr(confirming, "is_terminal", lambda: True)
    monkeypatch.setattr(click.termui, "visible_prompt_func", lambda _: said.strip())
    assert confirming.confirm("Gone. Go on?", yes=False) is does


def help_of(path: str) -> str:
    runner = CliRunner()
    return runner.invoke(batchline, [*path.split(), "--help"], terminal_width=80).output


@pytest.mark.parametrize("path", PATHS)
def test_help_fits_a_screen_of_40_lines_of_80_columns(path, monkeypatch):
    if path == "sandbox":
        return  # another program's own
    lines = help_of(path).splitlines()
    assert len(lines) <= 40, "\n".join(lines)
    assert max(map(len, lines)) <= 80


def examples(path: str) -> list[str]:
    found = re.findall(r"^ +(batchline [a-z].*)$", help_of(path), re.MULTILINE)
    return [one for one in found if not one.startswith("batchline completion fish |")]


@pytest.mark.parametrize("path", sorted(COMMANDS.keys() - {"sandbox"}))
def test_help_has_examples_that_can_be_called(run, path):
    found = examples(path)
    assert found, "add one to examples.py"
    for line in found:
        words = shlex.split(re.split(r" [|<>] ", line)[0])[1:]
        ctx = batchline.make_context("batchline", words)
        command: click.Command = batchline
        while isinstance(command, click.Group) and ctx._protected_args + ctx.args:
            name, command, rest = command.resolve_command(ctx, ctx._protected_args + ctx.args)
            ctx = command.make_context(name, rest, parent=ctx)


def test_the_document_has_the_table_of_exit_codes():
    text = (Path(__file__).parents[4] / "docs/command-line.md").read_text()
    assert exit_codes.markdown() in text


def test_what_a_tab_reads_is_what_the_commands_are():
    assert completion.FILE.read_text() == completion.text(), "make completion"


def test_what_a_tab_offers_has_a_source(monkeypatch):
    from batchline.worker.cli.complete import OFFERS

    def names(found):
        for param in found.get("params", ()):
            if isinstance(param.get("offers"), str):
                yield param["offers"]
        for inner in found.get("commands", {}).values():
            yield from names(inner)

    assert {*names(tree.load()["batchline"])} == {*OFFERS, tree.FILE}
