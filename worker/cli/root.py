"""`batchline`: the commands, and what they have in common."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import click
from redis.exceptions import RedisError

from batchline.producers import extras
from batchline.producers.errors import InvalidSettings, RedisUnavailable
from batchline.producers.redis_client import described
from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.worker.cli import exit_codes
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
    "why": "Tell why nothing moves, and what to do.",
    "doctor": "Check settings, Redis, workers and accounts, and say how to mend them.",
    "health": "Tell whether the workers here are alive, or ready; for containers.",
    "dead": "List, show, edit, replay, purge, export and import dead letters.",
    "bulk": "List, show, stop and resume acts on everything that fits a filter.",
    "erase": "Erase a contact everywhere in this store.",
    "suppress": "Say for whom nothing is accepted; list, check, take off.",
    "results": "Print what became of messages, where that is asked for.",
    "ask": "Ask an API: is the contact there, is the coupon valid, has the job ended?",
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
    "demo": "See it work: 50,000 messages against the sandbox, and a closing table.",
}
#: Seconds that a command waits for Redis.
REDIS_TIMEOUT = 5.0
_OTHER_WARNING = warnings.formatwarning


class Commands(click.Group):
    """The commands. A command's module is loaded when it is called.

    Our own errors become one line and an exit status (`exit_codes.py`).
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"batchline.worker.cli.{name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        warnings.formatwarning = _warning
        try:
            return super().invoke(ctx)
        except InvalidSettings as error:
            raise WrongSettings(str(error)) from error
        except RedisUnavailable as error:
            raise RedisAway(str(error)) from error
        except BatchlineError as error:
            raise Failed(str(error)) from error
        except ImportError as error:
            raise Failed(extras.explained(error)) from error
        except BrokenPipeError:
            raise  # click knows what to do
        except OSError as error:
            raise Failed(_said(error)) from error
        except RedisError as error:
            raise RedisAway(f"Redis: {described(error)}") from error


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


class RedisAway(Failed):
    """Ends a command that Redis did not answer."""

    exit_code = exit_codes.REDIS_AWAY


class WrongSettings(Failed):
    """Ends a command whose settings cannot be used."""

    exit_code = exit_codes.CONFIGURATION


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="batchline")
def batchline() -> None:
    """Forwards contacts, events, pushes and coupons to marketing APIs, and loses nothing."""


def open_store(settings: Settings) -> Store:
    """The store that one command reads and changes."""
    return Store.open(settings, REDIS_TIMEOUT)
