"""`batchline users`."""

from __future__ import annotations

import sys

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.output import JSON_LINES, json_lines
from batchline.worker.dashboard import passwords, roles
from batchline.worker.dashboard.access import users_file
from batchline.worker.dashboard.roles import Role
from batchline.worker.dashboard.users import Users

ROLES = click.Choice([role.word for role in Role])


@click.group()
def command() -> None:
    """Who may log in to the dashboard (`batchline flower`).

    A viewer sees; an operator also pauses, resumes and replays; an admin also edits, purges and
    erases, and sees personal data.
    """


@command.command("add")
@click.argument("name")
@click.option("--role", required=True, type=ROLES)
@click.option("--replace", is_flag=True, help="Give a user who is there this role and password.")
def add(name: str, role: str, replace: bool) -> None:
    """Add a user; the password is asked for, or is the first line of stdin."""
    users = _users()
    if name in users.all() and not replace:  # before the password is asked for
        raise click.ClickException(f"{name} is there already: --replace gives another password")
    before = users.put(name, roles.parse(role), _password(name), may_replace=replace)
    click.echo(f"{name}, {role}, is in {users.path}")
    if not before:
        click.echo("It is the first user: restart Flower, which then asks everybody to log in")


@command.command("list")
@JSON_LINES
def list_(as_json: bool) -> None:
    """Show who may log in."""
    users = _users()
    if as_json:
        json_lines({"name": one.name, "role": one.role.word} for one in users.all().values())
        return
    for user in users.all().values():
        click.echo(f"{user.name}  {user.role.word}")
    if not users.all():
        click.echo(
            f"Nobody: {users.path} names no user. batchline users add NAME --role ROLE", err=True
        )


@command.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Remove a user; its sessions end at once."""
    users = _users()
    users.remove(name)
    click.echo(f"{name} may not log in any more")


def _users() -> Users:
    return Users(users_file(Settings.load()))


def _password(name: str) -> str:
    """The new password. Raises ClickException where it cannot be one."""
    if sys.stdin.isatty():
        password = click.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if problem := passwords.problem(password):
        raise click.ClickException(problem)
    return str(password)
