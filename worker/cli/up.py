"""`batchline up`."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import click

from producers.settings import Settings, config_file
from worker import children
from worker.children import Child
from worker.embedded import EmbeddedRedis
from worker.preflight import check
from worker.sandbox_account import sandbox_settings

#: Flower's usual port.
FLOWER_PORT = 5555


@click.command()
@click.option("--flower-port", default=FLOWER_PORT, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Worker processes.")
@click.option("--no-flower", is_flag=True, help="Without the dashboard.")
def command(flower_port: int, workers: int, no_flower: bool) -> None:
    """Run everything here, in the foreground, until Ctrl-C: Redis, sandbox, workers and Flower.

    Without a batchline.toml the account is the sandbox's; with one, messages go to the accounts
    that it names. The data stays in the data folder (.batchline) from one run to the next.
    """
    with ExitStack() as stack:
        data_dir = Settings.load().data_dir
        data_dir.mkdir(exist_ok=True)
        config = config_file()
        if config is None or config.parent.resolve() == data_dir.resolve():
            config = _with_sandbox(stack, data_dir)
        settings = Settings.load()
        if settings.redis_url is None:
            redis = stack.enter_context(EmbeddedRedis(data_dir))
            click.echo(f"Redis     {redis.url.rpartition('@')[2]} (data in {data_dir})")
        check(settings)
        started = [_worker(stack, config, data_dir, number) for number in range(1, workers + 1)]
        if not no_flower:
            started.append(_flower(stack, config, data_dir, flower_port))
        _say_how_to_try_it(config)
        _wait(started)


def _with_sandbox(stack: ExitStack, data_dir: Path) -> Path:
    from sandbox.runner import Sandbox

    sandbox = stack.enter_context(Sandbox(log=data_dir / "sandbox.log"))
    click.echo(f"Sandbox   {sandbox.url} (what it received: {sandbox.url}/_sandbox/ledger/summary)")
    config = data_dir / "batchline.toml"
    config.write_text(sandbox_settings(sandbox))
    return config


def _worker(stack: ExitStack, config: Path, data_dir: Path, number: int) -> Child:
    log = data_dir / f"worker{number}.log"
    worker = children.worker(config, log, name=f"worker{number}")
    stack.callback(worker.stop)
    click.echo(f"Worker    pid {worker.pid} (log in {log})")
    return worker


def _flower(stack: ExitStack, config: Path, data_dir: Path, port: int) -> Child:
    flower = children.flower(config, data_dir / "flower.log", port)
    stack.callback(flower.stop, 5)
    click.echo(f"Flower    http://127.0.0.1:{port}")
    return flower


def _say_how_to_try_it(config: Path) -> None:
    click.echo(
        "\nTry it in another terminal, in this folder:\n\n"
        '  echo \'{"op": "contact.upsert", "data": {"contact": {"email": "ann@shop.example"}}}\''
        " | .venv/bin/batchline enqueue -\n"
        "  .venv/bin/batchline status\n\n"
        f"The account is in {config}. Ctrl-C ends it all."
    )


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
