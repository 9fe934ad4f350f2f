"""Passwords, of which only scrypt hashes are kept. Pure, but for the salt."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata

#: scrypt's cost: 32 MB, about a tenth of a second.
LOG2_N, R, P = 15, 8, 1
#: Characters that a password has at least.
SHORTEST = 12
#: Characters that are looked at: a longer one is refused, for hashing it costs.
LONGEST = 1024
_HASH = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)")
#: Bytes that one hash may take.
MOST_MEMORY = 256 << 20


def hashed(password: str, salt: bytes | None = None) -> str:
    """The hash that is kept, with its cost and salt: `$scrypt$ln=15,r=8,p=1$SALT$HASH`."""
    salt = secrets.token_bytes(16) if salt is None else salt
    digest = _scrypt(password, salt, LOG2_N, R, P)
    return f"$scrypt$ln={LOG2_N},r={R},p={P}${_text(salt)}${_text(digest)}"


def is_hash(text: str) -> bool:
    """Whether this is a hash that `matches` can compare with."""
    match = _HASH.fullmatch(text)
    if not match:
        return False
    log2_n, r, p = map(int, match.groups()[:3])
    return log2_n >= 1 and 128 * (1 << log2_n) * r <= MOST_MEMORY and r >= 1 and 1 <= p <= 16


def matches(password: str, kept: str) -> bool:
    """Whether this is the password of the hash."""
    match = _HASH.fullmatch(kept)
    if not match or len(password) > LONGEST:
        return False
    log2_n, r, p = map(int, match.groups()[:3])
    salt, digest = (_bytes(part) for part in match.groups()[3:])
    return hmac.compare_digest(_scrypt(password, salt, log2_n, r, p), digest)


def problem(password: str) -> str:
    """What is wrong with a new password; "" for nothing."""
    if len(password) < SHORTEST:
        return f"the password is too short: at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"the password is too long: at most {LONGEST} characters"
    return ""


def _scrypt(password: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    text = unicodedata.normalize("NFKC", password).encode()
    memory = MOST_MEMORY + (1 << 20)
    return hashlib.scrypt(text, salt=salt, n=1 << log2_n, r=r, p=p, maxmem=memory, dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
