"""The options by which commands name a contact; - reads it from standard input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from batchline.producers.settings import Settings
from batchline.producers.suppression import ALL
from batchline.systems.identities import KINDS, Identity, identity
from batchline.worker.cli import complete
from batchline.worker.intake.source import opened

OPTIONS = tuple(
    click.option(f"--{kind}", multiple=True, help=text)
    for kind, text in zip(
        KINDS,
        (
            "Its e-mail address; - reads it from standard input.",
            "Its phone, with the country's code.",
            "The API's own id of it; needs --account.",
            "The application's own id of it.",
        ),
        strict=True,
    )
)
ACCOUNT = click.option(
    "--account", default=ALL, type=complete.ACCOUNT, help="Only at this account."
)


def contact_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the options that name a contact."""
    for option in (ACCOUNT, *reversed(OPTIONS)):
        command = option(command)
    return command


def identities_of(given: dict[str, tuple[str, ...]], account: str) -> list[Identity]:
    """The identifiers that a command was given; raises UsageError for what is none."""
    if account != ALL:
        Settings.load().account(account)
    found: list[Identity] = []
    for kind in KINDS:
        for text in given[kind.replace("-", "_")]:
            try:
                found += [identity(kind, one) for one in _read(text)]
            except ValueError as error:
                raise click.UsageError(
                    f"--{kind}: {str(error).removeprefix(f'{kind}: ')}"
                ) from None
    if not found:
        names = ", ".join(f"--{kind}" for kind in KINDS)
        raise click.UsageError(f"say who: {names}")
    if account == ALL and any(one.kind == "contact-id" for one in found):
        raise click.UsageError(
            "--contact-id needs --account: each account numbers its contacts by itself"
        )
    return found


def _read(text: str) -> list[str]:
    if text != "-":
        return [text]
    with opened("-", is_table=True) as file:
        read = file.read()
    try:
        lines = [line.strip() for line in read.decode().splitlines()]
    except UnicodeDecodeError:
        raise ValueError(
            "standard input is not UTF-8: nothing was done; save it as UTF-8"
        ) from None
    return [line for line in lines if line] or [""]
