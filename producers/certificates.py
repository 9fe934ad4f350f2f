"""The authorities whose certificates are believed: the same for Redis, the broker and the APIs."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

#: The environment's usual names for a file with CAs, or a folder, in their order.
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def authorities(named: Path | None, environment: Mapping[str, str] = os.environ) -> str | None:
    """The file or folder with the CAs: `named` in the settings, else in the environment.

    None where neither names one: then the usual CAs are believed.
    """
    if named is not None:
        return str(named)
    return next(filter(None, map(environment.get, VARIABLES)), None)


def problem(named: Path | None, environment: Mapping[str, str] = os.environ) -> str | None:
    """Why the authorities cannot be read, with the name of the file; None when they can."""
    path = authorities(named, environment)
    if path is None:
        return None
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if Path(path).is_dir():
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except OSError as error:
        reason = "holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        return f"{path}: {reason}"
    return None


def untrusted(error: BaseException) -> str | None:
    """OpenSSL's reason, when a certificate is what the error is about; else None.

    Libraries wrap the error, so it is looked for among the causes and the arguments.
    """
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, ssl.SSLCertVerificationError):
            return one.verify_message.rstrip(".")
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            waiting += [*one.args, one.__cause__, one.__context__, getattr(one, "reason", None)]
    return None
