"""The sandbox for the commands: served by this process, or run beside it; and its accounts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from batchline.producers import extras
from batchline.systems.errors import BatchlineError

if TYPE_CHECKING:
    from batchline.sandbox.runner import Sandbox

#: The first line of a settings file that is written here.
HEADER = "# Written by Batchline for its sandbox, new with each run."
#: System -> credentials at the sandbox, of the systems where they are always the same.
CREDENTIALS = {
    "salesmanago_mobile": {
        "client_id": "sandbox-mobile-client",
        "api_key": "sandbox",
        "api_secret": "sandbox-mobile-secret",
    },
    "esputnik": {"api_key": "sandbox-key"},
    "smartsender": {"token": "sandbox-token"},
}


class SandboxNotInstalled(BatchlineError):
    """The sandbox needs packages that a worker does not: `batchline[sandbox]`."""


def serve_sandbox(options: Sequence[str]) -> int:
    """Serve the sandbox in this process, with the options of `batchline sandbox`.

    Returns the exit status.
    """
    try:
        from batchline.sandbox.__main__ import main
    except ModuleNotFoundError as error:
        raise _not_installed(error) from error
    return main(list(options))


def running_sandbox(log: Path) -> Sandbox:
    """A sandbox in a process of its own, as a context manager; `log` takes what it prints."""
    try:
        from batchline.sandbox.runner import Sandbox
    except ModuleNotFoundError as error:
        raise _not_installed(error) from error
    return Sandbox(log=log)


def _not_installed(error: ModuleNotFoundError) -> SandboxNotInstalled:
    return SandboxNotInstalled(extras.explained(error))


def sandbox_settings(top: str, *accounts: str) -> str:
    """The text of a settings file: the lines `top`, then the accounts."""
    return "\n".join((HEADER, top, *accounts))


def is_sandbox_settings(file: Path) -> bool:
    """Whether Batchline wrote this file, so that it may be replaced."""
    return file.read_text(encoding="utf-8", errors="replace").startswith(HEADER)


def sandbox_account(
    sandbox: Sandbox, name: str, system: str = "salesmanago", more: str = ""
) -> str:
    """The lines of an account at the sandbox, ending with the lines `more`."""
    lines = [f"[accounts.{name}]", f'system = "{system}"', f'url = "{sandbox.url}"']
    lines += [f'{key} = "{value}"' for key, value in _credentials(sandbox, system).items()]
    return "\n".join((*lines, more))


def _credentials(sandbox: Sandbox, system: str) -> dict[str, str]:
    if system != "salesmanago":
        return CREDENTIALS[system]
    client = sandbox.client
    return {
        "client_id": client.client_id,
        "api_key": "sandbox",
        "api_secret": client.api_secret,
        "owner": min(client.owners),
    }
