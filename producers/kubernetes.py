"""Environment variables that Kubernetes sets in every pod for a Service named batchline.

For a Service `batchline` it sets BATCHLINE_SERVICE_HOST, BATCHLINE_PORT=tcp://10.0.0.1:6379,
BATCHLINE_PORT_6379_TCP_ADDR and so on; for `batchline-redis` BATCHLINE_REDIS_SERVICE_HOST and the
like. They are no settings.
"""

from __future__ import annotations

import re

_ADDRESS = r"[0-9a-f.:]+"
_LINK = rf"(tcp|udp|sctp)://(\[{_ADDRESS}\]|{_ADDRESS}):\d+"
#: The end of a name, and what the value then looks like: a misspelt setting looks otherwise.
_KINDS = [
    (r"_SERVICE_HOST", _ADDRESS),
    (r"_SERVICE_PORT(_[A-Z0-9_]+)?", r"\d+"),
    (r"_PORT(_\d+_(TCP|UDP|SCTP))?", _LINK),
    (r"_PORT_\d+_(TCP|UDP|SCTP)_PROTO", r"tcp|udp|sctp"),
    (r"_PORT_\d+_(TCP|UDP|SCTP)_PORT", r"\d+"),
    (r"_PORT_\d+_(TCP|UDP|SCTP)_ADDR", _ADDRESS),
]
_SETS = [(re.compile(rf"[A-Z][A-Z0-9_]*{end}"), re.compile(value)) for end, value in _KINDS]


def sets(name: str, value: str) -> bool:
    """Whether Kubernetes sets a variable of this name to such a value."""
    return any(end.fullmatch(name) and like.fullmatch(value) for end, like in _SETS)
