"""`batchline config`."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console

from batchline.producers.errors import NoRedis
from batchline.producers.settings import Settings, config_file
from batchline.producers.settings_errors import key_of
from batchline.systems.addresses import shown
from batchline.worker.preview import routes_table


@click.command()
@click.option("--routes", is_flag=True, help="Instead: what contacts and events of ours become.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for scripts.")
def command(routes: bool, as_json: bool) -> None:
    """Show the settings in force, secrets masked.

    With --routes: for every account what each field of a contact or event becomes; accounts that
    are on no route, and have to be named, stand in parentheses.
    """
    settings = Settings.load()
    if routes:
        _show_routes(settings, as_json)
        return
    effective = masked(settings)
    if as_json:
        click.echo(json.dumps(effective, indent=2))
        return
    click.echo(f"# from {config_file() or 'no file'}; the environment wins over it")
    for key, value in _flat(effective):
        click.echo(f"{key} = {json.dumps(value)}")


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
    try:
        effective["redis_url"] = settings.lanes_url()
        effective["broker_url"] = settings.celery_url()
    except NoRedis:
        pass  # shown as null: there is none
    return {name: _shown(value) for name, value in effective.items()}


def _shown(value: Any) -> Any:
    """The value, with the secrets of every address in it masked."""
    if isinstance(value, dict):
        return {name: _shown(inner) for name, inner in value.items()}
    return [_shown(inner) for inner in value] if isinstance(value, list) else shown(value)


def _flat(value: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    for key, inner in value.items():
        name = key_of([key])
        if isinstance(inner, dict) and inner:
            lines += _flat(inner, f"{prefix}{name}.")
        else:
            lines.append((prefix + name, inner))
    return lines
