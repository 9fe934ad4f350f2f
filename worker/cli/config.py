"""`batchline config`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console

from batchline.producers.errors import NoRedis
from batchline.producers.settings import Settings
from batchline.producers.settings_file import config_file
from batchline.producers.settings_shape import key_of
from batchline.producers.settings_sources import Path_, Sources
from batchline.systems.addresses import shown
from batchline.worker.cli import complete
from batchline.worker.cli.output import json_lines
from batchline.worker.preview import routes_table, settings_defaults
from batchline.worker.runtime import celery_variables

#: What stands for the source of a key that nothing has set.
DEFAULT = "default"
#: The same for addresses that are found out.
_OF_REDIS = ("the embedded server", "the server of redis_url, its next database")


@click.command()
@click.argument("account", required=False, type=complete.ACCOUNT)
@click.option("--changed", is_flag=True, help="Only what was set and differs from its default.")
@click.option(
    "--routes",
    is_flag=True,
    help="Instead: what contacts and events of ours become; as JSON one a line.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for scripts.")
def command(account: str | None, changed: bool, routes: bool, as_json: bool) -> None:
    """Show the settings in force, where each comes from, secrets masked.

    ACCOUNT shows those of one account.

    With --routes: for every account what each field of a contact or event becomes; accounts that
    are on no route, and have to be named, stand in parentheses.
    """
    settings = Settings.load()
    if account is not None:
        settings.account(account)
    if routes and changed:
        raise click.UsageError("--changed is about settings, not about --routes")
    if routes:
        _show_routes(settings, account, as_json)
        return
    sources = sources_of(settings)
    usual = settings_defaults.of(settings) if changed else {}
    shown = [
        (path, value)
        for path, value in _flat(masked(settings))
        if (account is None or path[:2] == ("accounts", account))
        and not (changed and _is_default(path, value, sources, usual))
    ]
    absent, left_out = _absent(settings), _policies_left_out(settings)
    if as_json:
        where = {key_of(path): sources[path] for path, _ in shown}
        shown = [(path, None if path in left_out else value) for path, value in shown]
        click.echo(json.dumps({**_tree(shown), "sources": where}, indent=2))
        return
    click.echo(f"# {settings.whence()} The environment wins over a file.")
    for line in celery_variables.warnings(settings):
        click.echo(f"# {line}")
    for path, value in shown:
        note = absent.get(path) or sources[path].removeprefix(DEFAULT)
        if path in left_out:
            click.echo(f"# {key_of(path)} is left out: {left_out[path]}")
            continue
        click.echo(f"{key_of(path)} = {json.dumps(value)}{f'  # {note}' if note else ''}")


def _show_routes(settings: Settings, account: str | None, as_json: bool) -> None:
    rows = [one for one in routes_table.routes(settings) if account in (None, one["account"])]
    if as_json:
        json_lines(rows)
    elif rows:
        Console().print(routes_table.table(rows))
    else:
        whose = f"Account {account}" if account else "No account"
        click.echo(f"{whose} takes {'no ' if account else ''}contacts or events of ours.")


def masked(settings: Settings) -> dict[str, Any]:
    """Every setting, with defaults filled in; secrets and passwords as stars."""
    effective: dict[str, Any] = settings.model_dump(mode="json")
    for name, account in settings.accounts.items():
        effective["accounts"][name]["operations"] = {
            operation: account.operation(operation).model_dump(exclude={"ambiguous_is_set"})
            for operation, entry in account.known_operations.items()
            if entry.lane == operation
        }
        effective["accounts"][name].update(dict.fromkeys(account.absent_secrets()))
    try:
        effective["redis_url"] = settings.lanes_url()
        effective["broker_url"] = settings.celery_url()
    except NoRedis:
        pass  # shown as null: there is none
    return {name: _shown(value) for name, value in effective.items()}


def sources_of(settings: Settings) -> dict[Path_, str]:
    """Path of a key -> what has set it: a variable, the file; "default" where nothing has."""
    found = Sources(config_file(), os.environ)
    sources = {path: found.of(path) or DEFAULT for path, _ in _flat(masked(settings))}
    if settings.redis_url is None:
        sources["redis_url",] = f"{_OF_REDIS[0]} of {settings.data_dir}"
    if settings.broker_url is None:
        sources["broker_url",] = _OF_REDIS[1]
    return sources


def _policies_left_out(settings: Settings) -> dict[Path_, str]:
    """Path of an `ambiguous` that nothing sets and no value of it stands for -> what holds then."""
    return {
        ("accounts", name, "operations", one.name, "ambiguous"): (
            f"{one.ambiguous}, and hold {one.repeats}"
        )
        for name, account in settings.accounts.items()
        for one in account.known_operations.values()
        if one.repeats and not account.operation(one.name).ambiguous_is_set
    }


def _absent(settings: Settings) -> dict[Path_, str]:
    """Path of a secret that is not here -> why."""
    return {
        ("accounts", account, name): f"{reason} (workers need it, applications do not)"
        for account, one in settings.accounts.items()
        for name, reason in one.absent_secrets().items()
    }


def _shown(value: Any) -> Any:
    """The value, with the secrets of every address in it masked."""
    if isinstance(value, dict):
        return {name: _shown(inner) for name, inner in value.items()}
    return [_shown(inner) for inner in value] if isinstance(value, list) else shown(value)


def _is_default(path: Path_, value: Any, sources: dict[Path_, str], usual: dict[str, Any]) -> bool:
    """Whether nothing has set this key, or what has set it says what holds anyway."""
    if sources[path].startswith((DEFAULT, *_OF_REDIS)):
        return True
    at: Any = usual
    for part in path:
        if not isinstance(at, dict) or part not in at:
            return False
        at = at[part]
    return bool(at == value)


def _tree(lines: Sequence[tuple[Path_, Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for (*above, last), value in lines:
        at = tree
        for part in above:
            at = at.setdefault(part, {})
        at[last] = value
    return tree


def _flat(value: dict[str, Any], path: Path_ = ()) -> list[tuple[Path_, Any]]:
    lines: list[tuple[Path_, Any]] = []
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            lines += _flat(inner, (*path, key))
        else:
            lines.append(((*path, key), inner))
    return lines
