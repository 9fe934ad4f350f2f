"""`batchline sandbox` runs the sandbox in the foreground."""

from __future__ import annotations

import argparse
import contextlib
import socket
import sys

from batchline.sandbox.salesmanago.auth import Client
from batchline.sandbox.server import DEFAULT_HOST, DEFAULT_PORT, address, die_with, listen, serve
from batchline.sandbox.settings import CHOICES, Settings, SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.die_with is not None:
        die_with(options.die_with)
    client = Client(
        options.client_id, options.api_secret, frozenset(options.owner or Client().owners)
    )
    changes = {name: getattr(options, name) for name in _SETTINGS}
    try:
        settings = Settings().changed({k: v for k, v in changes.items() if v is not None})
    except SettingsError as error:
        parser.error(str(error))
    try:
        listener = (
            listen(options.host, options.port)
            if options.fd is None
            else socket.socket(fileno=options.fd)
        )
    except OSError as error:
        sys.stderr.write(f"sandbox: cannot listen on {options.host}:{options.port}: {error}\n")
        return 1
    if options.fd is None:
        sys.stdout.write(f"sandbox: {address(listener)} (control: /_sandbox/health)\n")
        sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        serve(listener, client, settings)
    return 0


#: Setting with an option of its own -> type and help.
_SETTINGS: dict[str, tuple[type, str]] = {
    "create_delay": (float, "seconds from an upsert until its contact exists"),
    "file_lifetime": (float, "seconds that a job's result file can be fetched"),
    "event_retry_every": (float, "seconds between tries of a single event without a contact"),
    "event_retry_until": (float, "seconds after which such an event is given up"),
    "coupon_prefix": (str, "coupon codes with this beginning are valid for every contact"),
    "invalid_contacts": (str, "form of invalidContacts"),
    "job_result": (str, "what a result file says of its job"),
    "esputnik_collapse": (str, "eSputnik: which lists of one element arrive as the element alone"),
    "esputnik_failed": (str, "eSputnik: form of failedContacts and failedOrders"),
    "esputnik_duplicate_window": (float, "eSputnik: seconds of a Duplicated request; 0: never"),
    "esputnik_per_second": (float, "eSputnik: requests a second before a 429; 0: no limit"),
    "smartsender_limit": (float, "Smart Sender: requests in a window; 0: no limit"),
    "smartsender_window": (float, "Smart Sender: seconds of the window"),
    "smartsender_lock": (float, "Smart Sender: seconds that the first excess locks"),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="batchline sandbox", description=__doc__)
    parser.add_argument("--host", default=DEFAULT_HOST)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0: a free one")
    parser.add_argument("--client-id", default=Client().client_id)
    parser.add_argument("--api-secret", default=Client().api_secret)
    parser.add_argument(
        "--owner", action="append", help=f"may be repeated; default {min(Client().owners)}"
    )
    for name, (kind, text) in _SETTINGS.items():
        default = getattr(Settings(), name)
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(
            option, type=kind, choices=CHOICES.get(name), help=f"{text}; default {default}"
        )
    parser.add_argument("--fd", type=int, help="an inherited listening socket, for runners")
    parser.add_argument("--die-with", type=int, metavar="PID", help="end when this parent ends")
    return parser


if __name__ == "__main__":
    sys.exit(main())
