"""Questions before what cannot be undone: asked on a terminal; elsewhere --yes is needed."""

from __future__ import annotations

import sys

import click

YES = click.option("--yes", is_flag=True, help="Do not ask.")


def is_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def require(yes: bool, question: str = "") -> None:
    """Refuse what could not be confirmed. Raises UsageError."""
    if not yes and not is_terminal():
        told = f"{question} This is no terminal, so nobody can be asked: --yes confirms it"
        raise click.UsageError(told.strip())


def confirm(question: str, yes: bool) -> bool:
    """Whether it may be done. Raises UsageError where nobody can be asked."""
    require(yes, question)
    return yes or click.confirm(question, err=True)
