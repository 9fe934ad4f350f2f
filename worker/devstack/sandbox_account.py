"""Settings for the accounts of a running sandbox, which speaks every system at one address."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchline.sandbox.runner import Sandbox

#: Of the systems whose credentials at the sandbox are always the same.
CREDENTIALS = {
    "salesmanago_mobile": {
        "client_id": "sandbox-mobile-client",
        "api_key": "sandbox",
        "api_secret": "sandbox-mobile-secret",
    },
    "esputnik": {"api_key": "sandbox-key"},
    "smartsender": {"token": "sandbox-token"},
}


def sandbox_settings(top: str, *accounts: str) -> str:
    """A settings file, with these lines at the top and these accounts."""
    return "\n".join(("# Written by Batchline for its sandbox, new with each run.", top, *accounts))


def sandbox_account(
    sandbox: Sandbox, name: str, system: str = "salesmanago", more: str = ""
) -> str:
    """An account of the sandbox, with more lines of settings."""
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
