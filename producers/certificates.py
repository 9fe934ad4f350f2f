"""The authorities whose certificates are believed: the same for Redis, the broker and the APIs."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path

#: The environment's usual names for a file with CAs, or a folder.
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def authorities(named: Path | None, environment: Mapping[str, str] = os.environ) -> list[str]:
    """The files and folders with the CAs: `named` in the settings, else all of the environment.

    Empty where neither names any: then the usual CAs are believed.
    """
    if named is not None:
        return [str(named)]
    return list(dict.fromkeys(filter(None, map(environment.get, VARIABLES))))


def load(context: ssl.SSLContext, paths: Sequence[str]) -> None:
    """Have the context believe the CAs in these files and folders.

    Raises OSError, whose text names the one that cannot be read.
    """
    for path in paths:
        try:
            if Path(path).is_dir():
                context.load_verify_locations(capath=path)
            else:
                context.load_verify_locations(cafile=path)
        except OSError as error:
            reason = "holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
            raise OSError(f"{path}: {reason}") from None


def redis_options(paths: Sequence[str]) -> dict[str, str]:
    """redis-py's options to believe the CAs in these files and folders; it takes one of each kind.

    A file that is not there stays one, so that connecting says so.
    """
    folders = [path for path in paths if Path(path).is_dir()]
    files = [path for path in paths if path not in folders]
    missing = [path for path in files if not Path(path).is_file()]
    options = {"ssl_ca_path": folders[0]} if folders else {}
    if len(files) == 1 or missing:
        options["ssl_ca_certs"] = (missing or files)[0]
    elif files:
        options["ssl_ca_data"] = "\n".join(Path(path).read_text() for path in files)
    return options


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
