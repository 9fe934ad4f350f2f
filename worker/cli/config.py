"""`batchline config`."""

from __future__ import annotations

import json
import os
from typing import Any

import click
from rich.console import Console

from batchline.producers.errors import NoRedis
from batchline.producers.settings import Settings
from batchline.producers.settings_file import config_file
from batchline.producers.settings_shape import key_of
from batchline.producers.settings_sources import Path_, Sources
from batchline.systems.addresses import shown
from batchline.worker.preview import routes_table
from batchline.worker.runtime import celery_variables

#: What stands for the source of a key that nothing has set.
DEFAULT = "default"


@click.command()
@click.option("--routes", is_flag=True, help="Instead: what contacts and events of ours become.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for scripts.")
def command(routes: bool, as_json: bool) -> None:
    """Show the settings in force, where each comes from, secrets masked.

    With --routes: for every account what each field of a contact or event becomes; accounts that
    are on no route, and have to be named, stand in parentheses.
    """
    settings = Settings.load()
    if routes:
        _show_routes(settings, as_json)
        return
    effective, sources = masked(settings), sources_of(settings)
    absent = _absent(settings)
    if as_json:
        where = {key_of(path): sources[path] for path, _ in _flat(effective)}
        click.echo(json.dumps({**effective, "sources": where}, indent=2))
        return
    click.echo(f"# {settings.whence()} The environment wins over a file.")
    for line in celery_variables.warnings(settings):
        click.echo(f"# {line}")
    for path, value in _flat(effective):
        note = absent.get(path) or sources[path].removeprefix(DEFAULT)
        click.echo(f"{key_of(path)} = {json.dumps(value)}{f'  # {note}' if note else ''}")


def _show_routes(settings: Settings, as_json: bool) -> None:
    rows = routes_table.routes(settings)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif rows:
        Console().print(routes_table.table(rows))
    else:
        click.echo("No account takes contacts or events of ours.")


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
        sources["redis_url",] = f"the embedded server of {settings.data_dir}"
    if settings.broker_url is None:
        sources["broker_url",] = "the server of redis_url, its next database"
    return sources


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


def _flat(value: dict[str, Any], path: Path_ = ()) -> list[tuple[Path_, Any]]:
    lines: list[tuple[Path_, Any]] = []
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            lines += _flat(inner, (*path, key))
        else:
            lines.append(((*path, key), inner))
    return lines
