"""`batchline up`."""

from __future__ import annotations

import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import click

from producers.settings import Settings, config_file
from worker import children
from worker.children import Child
from worker.embedded import EmbeddedRedis
from worker.preflight import check
from worker.sandbox_account import sandbox_account, sandbox_settings

#: Flower's usual port.
FLOWER_PORT = 5555
#: Accounts of the sandbox, and their systems.
ACCOUNTS = {
    "default": "salesmanago",
    "mobile": "salesmanago_mobile",
    "esputnik": "esputnik",
    "smartsender": "smartsender",
}
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

    Where no account is configured it is the sandbox's; else messages go to your accounts. The data
    stays in the data folder (.batchline) from one run to the next.
    """
    signal.signal(signal.SIGINT, _leave)  # also where a shell has started us to ignore it
    signal.signal(signal.SIGTERM, _leave)
    if not no_flower:
        _check_port(flower_port)
    with ExitStack() as stack:
        settings = Settings.load()
        data_dir = settings.data_dir
        if settings.redis_url is None:
            redis = stack.enter_context(EmbeddedRedis(data_dir))
            click.echo(f"Redis     {redis.url.rpartition('@')[2]} (data in {data_dir})")
        data_dir.mkdir(parents=True, exist_ok=True)
        own = data_dir / "batchline.toml"
        real = _has_accounts_of_its_own(settings, own)
        if not real:
            _start_sandbox(stack, own)
        settings = Settings.load()
        check(settings)
        for name, account in settings.accounts.items() if real else ():
            click.echo(f"Account   {name}: {account.url}, for REAL: messages are delivered there")
        started = [_worker(stack, data_dir, number) for number in range(1, workers + 1)]
        if not no_flower:
            started.append(_flower(stack, data_dir, flower_port))
        program = click.get_current_context().find_root().info_name
        click.echo(TRY_IT % (program, program) + ("" if real else SANDBOX_HINTS))
        _wait(started)


def _has_accounts_of_its_own(settings: Settings, sandbox_file: Path) -> bool:
    """Whether accounts are configured anywhere but in what an earlier `up` wrote."""
    found = config_file()
    if found is not None and found.resolve() == sandbox_file.resolve():
        sandbox_file.unlink()  # of a run that was killed; this one writes it anew
        settings = Settings.load()
    return bool(settings.accounts)


def _check_port(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise click.ClickException(
            f"Flower's port {port} is taken ({error.strerror}): --flower-port takes another "
            '(make run ARGS="--flower-port 5566"), --no-flower none'
        ) from error


def _start_sandbox(stack: ExitStack, config: Path) -> None:
    from sandbox.runner import Sandbox

    sandbox = stack.enter_context(Sandbox(log=config.parent / "sandbox.log"))
    click.echo(f"Sandbox   {sandbox.url} (what it received: {sandbox.url}/_sandbox/ledger/summary)")
    accounts = [sandbox_account(sandbox, name, system) for name, system in ACCOUNTS.items()]
    config.write_text(sandbox_settings("", *accounts))
    click.echo(f"Accounts  {', '.join(f'{name} ({system})' for name, system in ACCOUNTS.items())}")
    stack.callback(config.unlink, missing_ok=True)


def _worker(stack: ExitStack, data_dir: Path, number: int) -> Child:
    log = data_dir / f"worker{number}.log"
    worker = children.worker(None, log, name=f"worker{number}")
    stack.callback(worker.stop)
    click.echo(f"Worker    pid {worker.pid} (log in {log})")
    return worker


def _flower(stack: ExitStack, data_dir: Path, port: int) -> Child:
    flower = children.flower(data_dir / "flower.log", port)
    stack.callback(flower.stop, 5)
    click.echo(f"Flower    http://127.0.0.1:{port}")
    return flower


def _leave(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait(started: list[Child]) -> None:
    """Until Ctrl-C, or until one of the processes ends."""
    try:
        while True:
            for child in started:
                if not child.is_running():
                    raise click.ClickException(f"{child.name} ended; its log: {child.log}")
            time.sleep(0.5)
    except KeyboardInterrupt:
        click.echo("\nLeaving: the batch in flight is finished first.")
