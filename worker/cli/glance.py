"""A glance at the settings and at Redis, for completion: without pydantic, and without redis-py.

It checks nothing, and its answers are suggestions: what is in force is what `Settings.load` reads.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import hiredis

from batchline.producers import embedded
from batchline.producers.settings_file import DEFAULT_DATA_DIR, config_file, tables

#: Seconds that Redis is waited for, each time.
TIMEOUT = 0.2
PREFIX = "batchline_"
Command = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """What a Tab needs to know of the settings."""

    #: Account -> its system.
    accounts: Mapping[str, str]
    prefix: str
    #: The address of the lanes' Redis; None: there is none. It holds the password.
    url: str | None = field(repr=False)
    ca_file: Path | None = None

    def ask(self, *commands: Command) -> list[Any]:
        """The answers of Redis to these commands. Raises OSError."""
        if self.url is None:
            raise OSError("no Redis")
        if self.url.startswith("redis://"):
            return _answers(self.url, commands)
        from redis.exceptions import RedisError

        from batchline.producers.redis_client import connect

        try:
            with connect(self.url, TIMEOUT, ca_file=self.ca_file) as client:
                return [client.execute_command(*one) for one in commands]
        except RedisError as error:
            raise OSError("Redis") from error


def read() -> Glance:
    """The settings of the file and of the environment, as far as they are of use here."""
    file = config_file()
    values = tables(file)
    variables = {
        name.lower().removeprefix(PREFIX): value
        for name, value in os.environ.items()
        if name.lower().startswith(PREFIX)
    }
    for name in ("redis_url", "key_prefix", "data_dir", "redis_ca_file"):
        if name in variables:
            values[name] = variables[name]
    url = values.get("redis_url") or embedded.find(Path(values.get("data_dir", DEFAULT_DATA_DIR)))
    ca_file = values.get("redis_ca_file")
    return Glance(
        accounts=_accounts(values.get("accounts", {}), variables),
        prefix=str(values.get("key_prefix", "batchline")),
        url=url,
        ca_file=Path(ca_file) if ca_file else None,
    )


def _accounts(tables: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, str]:
    """The accounts of the file, of `BATCHLINE_ACCOUNTS`, and of the variables of one."""
    tables = {**tables, **json.loads(variables.get("accounts", "{}"))}
    found = {name: str(one.get("system", "")) for name, one in tables.items()}
    for variable, value in variables.items():
        first, *rest = variable.split("__")
        if first == "accounts" and rest:
            found.setdefault(rest[0], "")
            if rest[1:] == ["system"]:
                found[rest[0]] = value
    return found


def _answers(url: str, commands: tuple[Command, ...]) -> list[Any]:
    """Send all, and read an answer to each, over a connection of one's own."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    user = unquote(parts.username or "") or options.get("username", "")
    password = unquote(parts.password or "") or options.get("password", "")
    database = options.get("db") or parts.path.strip("/") or "0"
    before: list[Command] = []
    if password:
        before.append(("AUTH", user, password) if user else ("AUTH", password))
    if database != "0":
        before.append(("SELECT", database))
    reader = hiredis.Reader()
    found: list[Any] = []
    address = (parts.hostname or "localhost", parts.port or 6379)
    with socket.create_connection(address, TIMEOUT) as connection:
        connection.sendall(
            b"".join(bytes(hiredis.pack_command((*one,))) for one in (*before, *commands))
        )
        while len(found) < len(before) + len(commands):
            answer = reader.gets()
            if answer is not False:
                found.append(answer)
                continue
            received = connection.recv(1 << 16)
            if not received:
                raise OSError("Redis closed the connection")
            reader.feed(received)
    for one in found:
        if isinstance(one, Exception):
            raise OSError("Redis") from one
    return found[len(before) :]
