"""What reading commands have in common: JSON lines, and a picture that stays on the screen."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.live import Live

#: Seconds between two looks of --watch.
LOOK_EVERY = 1.0
JSON = click.option("--json", "as_json", is_flag=True, help="The same as JSON, for scripts.")
JSON_LINES = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
WATCH = click.option(
    "--watch", "watches", is_flag=True, help="Keep it on the screen, read each second."
)


def json_lines(rows: Iterable[Any]) -> None:
    """Print each as one line of JSON."""
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False))


def show(picture: Callable[[], RenderableType], watches: bool) -> None:
    """Print it once, or again each second until Ctrl-C."""
    console = Console()
    if not watches:
        console.print(picture())
        return
    with Live(picture(), console=console, screen=False) as live:
        try:
            while True:
                time.sleep(LOOK_EVERY)
                live.update(picture())
        except KeyboardInterrupt:
            return
