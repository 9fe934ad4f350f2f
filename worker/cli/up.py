"""`batchline up`."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType

import click

from batchline.producers import extras
from batchline.producers.settings import Settings
from batchline.producers.settings_file import DEFAULT_DATA_DIR, config_file
from batchline.systems.addresses import without_secrets
from batchline.worker.devstack import processes
from batchline.worker.devstack.private_files import open_private, private_folder
from batchline.worker.devstack.processes import Child
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.devstack.sandbox import (
    is_sandbox_settings,
    running_sandbox,
    sandbox_account,
    sandbox_settings,
)
from batchline.worker.runtime.preflight import check

#: Flower's usual port.
FLOWER_PORT = 5555
#: Account of the sandbox -> its system.
ACCOUNTS = {
    "default": "salesmanago",
    "mobile": "salesmanago_mobile",
    "es": "esputnik",
    "sender": "smartsender",
}
#: The routes of the documents' examples, and the targets of one's own fields.
ROUTES = """
[routes]
contact = ["default", "es"]
event = ["default", "es"]
[accounts.default.mapping.contact]
"*" = "property:*"
[accounts.default.mapping.event]
currency = "detail:1"
coupon = "detail:2"
[accounts.es.mapping.contact]
shoe_size = "field:12345"
[accounts.es.mapping.event]
"*" = "param:*"
"""
#: The folder of the sandbox's messages in the data folder: never beside those of real accounts.
SANDBOX_FOLDER = "sandbox"
DATA_DIR = "BATCHLINE_DATA_DIR"
#: What a running `up` says of itself, in the data folder.
RECORD = "up.json"
TRY_IT = """
Try it in another terminal, in this folder:

  echo '{"op": "contact.upsert", "data": {"contact": {"email": "ann@shop.example"}}}' | %s enqueue -
  %s status --watch
"""
SANDBOX_HINTS = """
The sandbox knows coupon codes that begin with SB-, and pushes whose pushId is a UUID.
"""


@click.command()
@click.option(
    "--flower-port", default=FLOWER_PORT, show_default=True, type=click.IntRange(1, 65535)
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="Processes.")
@click.option("--no-flower", is_flag=True, help="Without the dashboard.")
def command(flower_port: int, workers: int, no_flower: bool) -> None:
    """Run everything here, in the foreground, until Ctrl-C: Redis, sandbox, workers and Flower.

    Where no account is configured there are some of the sandbox's; else messages go to your
    accounts. The data stays in the data folder (.batchline; of the sandbox .batchline/sandbox) from
    one run to the next.
    """
    signal.signal(signal.SIGINT, _interrupt)  # also where a shell has started us to ignore it
    signal.signal(signal.SIGTERM, _interrupt)
    with ExitStack() as stack:
        sandbox_file = _sandbox_file()
        flower = "" if no_flower else f"http://127.0.0.1:{flower_port}"
        _be_the_only_one(stack, sandbox_file.parent, flower)
        if not no_flower:
            _check_flower()
            _check_port(flower_port)
        real = _has_accounts_of_its_own(sandbox_file)
        settings = Settings.load()
        data_dir = settings.data_dir if real else _sandbox_folder(settings.data_dir)
        with _writable(data_dir):
            private_folder(data_dir)
        if settings.redis_url is None:
            redis = stack.enter_context(EmbeddedRedis(data_dir))
            click.echo(f"Redis     {redis.url.rpartition('@')[2]} (data in {data_dir})")
        if not real:
            _start_sandbox(stack, sandbox_file, data_dir)
        settings = Settings.load()
        check(settings)
        for name, account in settings.accounts.items() if real else ():
            address = without_secrets(account.url)
            click.echo(f"Account   {name}: {address}, for REAL: messages are delivered there")
        started = [_worker(stack, data_dir, number) for number in range(1, workers + 1)]
        if not no_flower:
            started.append(_flower(stack, data_dir, flower_port))
        program = _program()
        click.echo(TRY_IT % (program, program) + ("" if real else SANDBOX_HINTS))
        _wait(started)


def _sandbox_file() -> Path:
    """The file in which commands find the sandbox's settings while it runs (`Settings.load`)."""
    return Path(os.environ.get(DATA_DIR, DEFAULT_DATA_DIR)) / "batchline.toml"


def _be_the_only_one(stack: ExitStack, folder: Path, flower: str) -> None:
    """Refuse to run beside another `up` in this folder, whose settings file this would replace."""
    record = folder / RECORD
    with _writable(folder):
        private_folder(folder)
        lock = os.open(folder, os.O_RDONLY)  # a folder can be locked
    stack.callback(os.close, lock)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise click.ClickException(
            f"batchline up runs already with {folder.absolute()}{_told(record)}: commands in this "
            f"folder use it by themselves. {DATA_DIR}=ANOTHER_FOLDER starts a second one"
        ) from None
    with _writable(folder), open_private(record) as file:
        json.dump({"pid": os.getpid(), "flower": flower}, file)
    stack.callback(record.unlink, missing_ok=True)


def _told(record: Path) -> str:
    """What the other `up` says of itself."""
    try:
        other = json.loads(record.read_bytes())
        flower = f", Flower at {other['flower']}" if other["flower"] else ""
        return f" (pid {int(other['pid'])}{flower})"
    except (OSError, ValueError, TypeError, KeyError):
        return ""  # it is just starting


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Tell of a folder that cannot be written."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(
            f"{folder.absolute()}, where the data is kept, cannot be written: {error.strerror}. "
            f"Start it in a folder of yours, or name one: {DATA_DIR}=FOLDER"
        ) from error


def _sandbox_folder(data_dir: Path) -> Path:
    """A folder of the sandbox's own: its messages must never wait beside those of real accounts.

    A folder that the environment names is taken as it is, for other commands get it from there too.
    """
    return data_dir if DATA_DIR in os.environ else (data_dir / SANDBOX_FOLDER).absolute()


def _has_accounts_of_its_own(sandbox_file: Path) -> bool:
    """Whether accounts are configured anywhere but in the file that an earlier `up` wrote."""
    file = config_file()
    is_ours = file is not None and file.resolve() == sandbox_file.resolve()
    if is_ours and is_sandbox_settings(sandbox_file):
        sandbox_file.unlink()  # a run that was killed has left it; this run writes it anew
    return bool(Settings.load().accounts)


def _check_flower() -> None:
    try:
        import_module("flower")
    except ImportError as error:
        raise click.ClickException(f"{extras.explained(error)}, or --no-flower") from error


def _check_port(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise click.ClickException(
            f"Flower's port {port} is taken ({error.strerror}): --flower-port takes another "
            '(make run ARGS="--flower-port 5566"), --no-flower none'
        ) from error


def _start_sandbox(stack: ExitStack, config: Path, data_dir: Path) -> None:
    sandbox = stack.enter_context(running_sandbox(data_dir / "sandbox.log"))
    click.echo(f"Sandbox   {sandbox.url} (what it received: {sandbox.url}/_sandbox/ledger/summary)")
    accounts = [sandbox_account(sandbox, name, system) for name, system in ACCOUNTS.items()]
    top = f"data_dir = {json.dumps(str(data_dir))}"
    with open_private(config) as file:
        file.write(sandbox_settings(top, *accounts, ROUTES))
    click.echo(f"Accounts  {', '.join(f'{name} ({system})' for name, system in ACCOUNTS.items())}")
    stack.callback(config.unlink, missing_ok=True)


def _program() -> str:
    """This command as it can be typed: its name where the shell would find it."""
    name = click.get_current_context().find_root().info_name or "batchline"
    if shutil.which(name):
        return name
    is_module = Path(sys.argv[0]).name == "__main__.py"
    return f"{sys.executable} -m batchline" if is_module else sys.argv[0]


def _worker(stack: ExitStack, data_dir: Path, number: int) -> Child:
    log = data_dir / f"worker{number}.log"
    worker = processes.worker(None, log, name=f"worker{number}")
    stack.callback(worker.stop)
    click.echo(f"Worker    pid {worker.pid} (log in {log})")
    return worker


def _flower(stack: ExitStack, data_dir: Path, port: int) -> Child:
    flower = processes.flower(data_dir / "flower.log", port)
    stack.callback(flower.stop, 5)
    click.echo(f"Flower    http://127.0.0.1:{port}")
    return flower


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait(started: list[Child]) -> None:
    """Return on Ctrl-C; raise ClickException when one of the processes ends."""
    try:
        while True:
            for child in started:
                if not child.is_running():
                    raise click.ClickException(f"{child.name} ended; its log: {child.log}")
            time.sleep(0.5)
    except KeyboardInterrupt:
        click.echo("\nShutting down: the batch in flight is finished first.")
