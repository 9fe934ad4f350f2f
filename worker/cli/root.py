"""`batchline`: the commands, and what they have in common."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from batchline.systems.errors import BatchlineError
from batchline.worker.cli import examples, exit_codes

if TYPE_CHECKING:
    from batchline.producers.settings import Settings
    from batchline.worker.store.store import Store

#: command -> the line that `batchline --help` shows; the module has the same name.
COMMANDS = {
    "up": "Run everything here: Redis, sandbox, worker and Flower.",
    "worker": "Run a worker. Any option of `celery worker` passes through.",
    "flower": "Run the dashboard: Flower, with the tabs of Batchline.",
    "users": "Say who may log in to the dashboard, and with which role.",
    "enqueue": "Enqueue messages from a file of JSON lines or a CSV.",
    "preview": "Print the requests that such a file would become; send nothing.",
    "status": "Show every lane and the totals.",
    "lanes": "Show accounts and operations, filtered and sorted.",
    "top": "Watch all of it live, and act; the keys: ?.",
    "why": "Tell why nothing moves, and what to do.",
    "doctor": "Check settings, Redis, workers and accounts; say what to mend.",
    "health": "Tell whether the workers here are alive, or ready.",
    "dead": "List, show, edit, replay, purge, export and import dead letters.",
    "bulk": "List, show, stop and resume acts on many dead letters.",
    "erase": "Erase a contact everywhere in this store.",
    "suppress": "Say for whom nothing is accepted; list, check, take off.",
    "results": "Print what became of messages, where that is asked for.",
    "ask": "Ask an API: is the contact there, is the coupon valid?",
    "requests": "Show the last requests to the APIs, and the answers.",
    "trace": "Tell what happened to a message, and what happens next.",
    "pause": "Hold an account, an operation or a lane.",
    "resume": "Let what is paused go on.",
    "metrics": "Serve the metrics of what stands in Redis, for Prometheus.",
    "alerts": "Show what calls for help now; watch over it; test the webhook.",
    "acts": "Show who paused, resumed, edited, replayed and purged what.",
    "operations": "Show every operation of every system, and what its API promises.",
    "config": "Show the settings in force, secrets masked.",
    "completion": "Print the script by which bash, zsh or fish completes commands.",
    "sandbox": "Serve a stand-in for the documented APIs.",
    "demo": "See it work: 50,000 messages against the sandbox.",
}
#: Seconds that a command waits for Redis.
REDIS_TIMEOUT = 5.0
_OTHER_WARNING = warnings.formatwarning


class Lazy(click.Group):
    """A group whose commands are known by name, and loaded when they are called."""

    #: Command -> the line that help shows.
    lines: Mapping[str, str] = {}
    #: The package of their modules, and the title over them in help.
    package = ""
    title = "Commands"

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lines)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.lines:
            return None
        module = importlib.import_module(f"{self.package}.{name}")
        command: click.Command = module.command
        path = " ".join([*_words(ctx), name])
        return _with_no_color(examples.added(command, path))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            name = error.command_name  # click looks among those that are loaded
            raise click.exceptions.NoSuchCommand(name, possibilities=self.lines, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(self.title):
            formatter.write_dl(list(self.lines.items()))


class Commands(Lazy):
    """The commands of `batchline`.

    Our own errors become one line and an exit code (`exit_codes.py`).
    """

    lines = COMMANDS
    package = "batchline.worker.cli"

    def invoke(self, ctx: click.Context) -> Any:
        warnings.formatwarning = _warning
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            if type(error) is click.ClickException:  # a command that could not do its work
                raise Failed(error.message) from error
            raise
        except BrokenPipeError:
            raise  # click knows what to do
        except Exception as error:
            told = told_of(error)
            if told is None:
                raise
            raise told from error


def told_of(error: Exception) -> click.ClickException | None:
    """The line and the exit code for an error that people can do something about."""
    from redis.exceptions import RedisError

    from batchline.producers import extras
    from batchline.producers.errors import InvalidSettings, RedisUnavailable
    from batchline.producers.redis_client import described

    match error:
        case InvalidSettings():
            return WrongSettings(str(error))
        case RedisUnavailable():
            return RedisAway(str(error))
        case BatchlineError():
            return Failed(str(error))
        case ImportError():
            return Failed(extras.explained(error))
        case OSError():
            return Failed(_said(error))
        case RedisError():
            return RedisAway(
                f"Redis: {described(error)}. Is it the one of redis_url? `batchline doctor redis` "
                "says what to mend."
            )
    return None


def _words(ctx: click.Context) -> list[str]:
    """The words that have led to a command, without that of `batchline` itself."""
    return [] if ctx.parent is None else [*_words(ctx.parent), ctx.info_name or ""]


def _warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    """Our own warnings in a line: the file that they point at is none of the user's."""
    if category.__module__.partition(".")[0] == __name__.partition(".")[0]:
        return f"Warning: {message}\n"
    return _OTHER_WARNING(message, category, filename, lineno, line)


def _said(error: OSError) -> str:
    """What the system refused, and about which file."""
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}"


class Failed(click.ClickException):
    """Ends a command with one line."""

    exit_code = exit_codes.USAGE


class Stopped(Failed):
    """Ends a command that has done a part."""

    exit_code = exit_codes.PARTLY


class Wrong(Failed):
    """Ends a command that has looked, and found something wrong."""

    exit_code = exit_codes.WRONG


class NothingMatches(Failed):
    """Ends a command whose filter, id or name fits nothing."""

    exit_code = exit_codes.NOTHING_MATCHED


class RedisAway(Failed):
    """Ends a command that Redis did not answer."""

    exit_code = exit_codes.REDIS_AWAY


class WrongSettings(Failed):
    """Ends a command whose settings cannot be used."""

    exit_code = exit_codes.CONFIGURATION


def _without_color(ctx: click.Context, param: click.Parameter, is_set: bool) -> None:
    """Rich and click keep to NO_COLOR, ours and a worker's log too."""
    if is_set:
        os.environ["NO_COLOR"] = "1"


def _no_color(hidden: bool) -> click.Option:
    return click.Option(
        ["--no-color"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_without_color,
        hidden=hidden,
        help="Plain text; the variable NO_COLOR does the same.",
    )


#: Behind a command too; `batchline --help` alone shows it.
_HIDDEN_NO_COLOR = _no_color(hidden=True)


def _with_no_color(command: click.Command) -> click.Command:
    """The command, and those in it, with --no-color, unless their options are another program's."""
    passes_on = command.context_settings.get("ignore_unknown_options")
    if not passes_on and all("--no-color" not in one.opts for one in command.params):
        command.params.append(_HIDDEN_NO_COLOR)
    for inner in getattr(command, "commands", {}).values():
        _with_no_color(inner)
    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="batchline")
def batchline() -> None:
    """Forwards messages to marketing APIs, and loses none (docs/command-line.md)."""


def open_store(settings: Settings) -> Store:
    """The store that one command reads and changes."""
    from batchline.worker.store.store import Store

    return Store.open(settings, REDIS_TIMEOUT)


batchline.params.append(_no_color(hidden=False))
