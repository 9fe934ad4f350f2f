"""Settings for the account of a running sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.runner import Sandbox


def sandbox_settings(sandbox: Sandbox, top: str = "", account: str = "") -> str:
    """A settings file for the sandbox's account, with more lines at the top and in the account."""
    client = sandbox.client
    return f"""\
# Written by Batchline for its sandbox, new with each run.
{top}
[accounts.default]
system = "salesmanago"
url = "{sandbox.url}"
client_id = "{client.client_id}"
api_key = "sandbox"
api_secret = "{client.api_secret}"
owner = "{min(client.owners)}"
{account}"""
