"""The options behind the `?` of a Redis' address, which redis-py's own addresses may have.

They say how to connect. What an answer looks like, and what is repeated, Batchline says itself:
options about that are meant for other programs that share the address.
"""

from __future__ import annotations

import inspect
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import redis
from redis.exceptions import RedisError

#: Options that are passed over.
PASSED_OVER = frozenset(
    {
        "decode_responses",
        "encoding",
        "encoding_errors",
        "legacy_responses",
        "max_connections",
        "retry_on_error",
        "retry_on_timeout",
    }
)
#: Options that are taken, beside those of TLS; each number is at least so much.
TAKEN = frozenset(
    {"client_name", "db", "lib_name", "lib_version", "password", "protocol", "socket_keepalive"}
    | {"username"}
)
LEAST = {
    "health_check_interval": 0.0,
    "socket_connect_timeout": 0.001,
    "socket_read_size": 1.0,
    "socket_timeout": 0.001,
}
_TLS = "ssl_"


def for_connecting(url: str) -> str:
    """The address without the options that are passed over."""
    parts = urlsplit(url)
    kept = [one for one in parts.query.split("&") if _name(one) not in PASSED_OVER]
    return parts._replace(query="&".join(kept)).geturl() if parts.query else url


def problem(url: str) -> str | None:
    """What is wrong with an address and its options, for people; nothing connects.

    No value of an option is told, nor a name that redis-py does not have: they may be a piece of a
    password.
    """
    try:
        connecting = for_connecting(url)
        options = parse_qs(urlsplit(connecting).query)
    except ValueError:
        return "is no address"
    known = inspect.signature(redis.Redis).parameters.keys()
    for name, (value, *_) in options.items():
        if name in LEAST and not _is_at_least(value, LEAST[name]):
            return f"has {name}= behind its ?, which must be a number of at least {LEAST[name]:g}"
        if name not in TAKEN and name not in LEAST and not name.startswith(_TLS):
            called = f"the option {name}" if name in known else "an option"
            taken = ", ".join(sorted(TAKEN | LEAST.keys()))
            return f"has {called} behind its ? that Batchline does not take: {taken}, {_TLS}..."
    try:
        made: Any = redis.ConnectionPool.from_url(connecting).make_connection()
        getattr(made, "host", "").encode("idna")
    except (ValueError, TypeError, AttributeError, RedisError):
        return (
            "is nothing that redis-py can use: a part of the host's name is empty or too long, or "
            "it has an option behind its ? that redis-py does not know, or not with such a value"
        )
    return None


def _name(option: str) -> str:
    return unquote_plus(option.partition("=")[0])


def _is_at_least(value: str, least: float) -> bool:
    try:
        return least <= float(value) < float("inf")
    except ValueError:
        return False
