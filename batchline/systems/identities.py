"""Whom a message names: e-mail addresses, phones, ids. Pure; one place for all systems.

A message is *about* the contacts that it names as its own: by the key under which lanes hold it,
and by the fields in which the APIs take a contact. Beside that it may *mention* somebody, as in a
note.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from batchline.systems.identifiers import cleaned

#: The kinds of identifiers, as options and the suppression list spell them.
KINDS = ("email", "phone", "contact-id", "external-id")


class Identity(NamedTuple):
    """One identifier of a contact, in the one form in which it is compared."""

    kind: str
    value: str


#: Fields in lower case, without _ -> the kinds of what stands there; () where it may be any.
_FIELDS: dict[str, tuple[str, ...]] = {
    "email": ("email",),
    "newemail": ("email",),
    "contactemail": ("email",),
    "phone": ("phone",),
    "phonenumber": ("phone",),
    "fax": ("phone",),
    "contactid": ("contact-id",),
    "contactids": ("contact-id",),
    "externalcustomerid": ("external-id",),
    "externalcustomerids": ("external-id",),
    "locator": (),
    "keyvalue": (),
    "identifier": (),
    "contact": (),
}
#: Objects in which a contact is described: their fields are looked at too, and these beside.
_CONTAINERS: dict[str, dict[str, tuple[str, ...]]] = {
    "contact": {"externalid": ("external-id",), "value": ()},
    "contacts": {"value": ()},
    "channels": {"value": ()},
    "smcontacttaskreq": {},
}
#: Lists whose elements are contacts of their own.
LISTS = ("contacts", "contactIds", "externalCustomerIds")
_EMAILS = re.compile(
    r"[^\s@<>()\[\],;:\"'=/?&]{1,64}@[^\s@<>()\[\],;:\"'=/?&]+\.[^\s@<>()\[\],;:\"'=/?&.]+"
)
_PHONE = re.compile(r"\+?[\d\s().-]{7,24}")
_PHONES = re.compile(r"\+?\d[\d\s().-]{5,22}\d")
_DIGITS = (7, 15)
#: The beginning of a part of a domain that is encoded for DNS.
ENCODED = "xn--"
#: The most characters of a part of a domain (RFC 1035).
LONGEST_LABEL = 63


def identity(kind: str, text: str) -> Identity:
    """The identifier as it is compared. Raises ValueError, which says what is wrong.

    An address is in lower case, every accent is one character with its letter, and the domain is
    in letters that people read (shöp.example, not xn--shp-tna.example). Of a phone only the digits
    count; ids are compared without a look at upper and lower case, as some APIs do.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of identifier: {', '.join(KINDS)}")
    value = str(cleaned(text)).strip() if text else ""
    if not value:
        raise ValueError(f"{kind}: is empty")
    if kind == "email":
        if not _EMAILS.fullmatch(value):
            raise ValueError("email: must be an e-mail address, such as ann@shop.example")
        return Identity(kind, _address(value))
    if kind == "phone":
        digits = _digits(value)
        if digits is None:
            raise ValueError("phone: must have 7 to 15 digits, such as +380501234567")
        return Identity(kind, digits)
    return Identity(kind, value.casefold())


def about(contact: str, payload: bytes | str) -> set[Identity]:
    """The contacts that a message names as its own; `contact`: its key."""
    data = _parsed(payload)
    return {*_any(contact), *_own(data, _FIELDS)}


def elements(payload: bytes | str) -> dict[str, list[set[Identity]]]:
    """Of a message about several contacts: list in it -> the identities of each element."""
    data = _parsed(payload)
    if not isinstance(data, dict):
        return {}
    return {
        name: [set(_of(one, name)) for one in data[name]]
        for name in LISTS
        if isinstance(data.get(name), list)
    }


def without(payload: bytes, matches: Callable[[Collection[Identity]], bool]) -> bytes | None:
    """The payload without those contacts of its lists that match; None: none of them is left.

    The payload itself where none matches, or where it has no list of contacts.
    """
    found = elements(payload)
    if not any(matches(one) for ones in found.values() for one in ones):
        return payload
    data = _parsed(payload)
    for name, ones in found.items():
        kept = [item for item, one in zip(data[name], ones, strict=True) if not matches(one)]
        if not kept:
            return None
        data[name] = kept
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def mentioned(*texts: bytes | str) -> set[Identity]:
    """The addresses and phones that stand anywhere in these texts."""
    found: set[Identity] = set()
    for text in texts:
        plain = text.decode(errors="replace") if isinstance(text, bytes) else text
        if "\\u" in plain:
            plain = f"{plain} {' '.join(_leaves(_parsed(plain)))}"
        if "@" in plain:
            for one in _EMAILS.findall(plain):
                with suppress(ValueError):
                    found.add(identity("email", one))
        for one in _PHONES.findall(plain):
            digits = _digits(one)
            if digits is not None:
                found.add(Identity("phone", digits))
    return found


def masked(text: str, matches: Callable[[Collection[Identity]], bool]) -> str:
    """The text with every address and phone that matches as `***`."""

    def mask(found: re.Match[str]) -> str:
        return "***" if matches(mentioned(found[0])) else found[0]

    return _PHONES.sub(mask, _EMAILS.sub(mask, text))


def _own(value: Any, fields: dict[str, tuple[str, ...]]) -> Iterator[Identity]:
    if isinstance(value, list):
        for one in value:
            yield from _own(one, fields)
        return
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        plain = name.lower().replace("_", "")
        if plain in _CONTAINERS and isinstance(inner, dict | list):
            yield from _of(inner, plain)
        elif plain in fields:
            yield from _as(inner, fields[plain])
    # eSputnik: parameters of an event may name its contact (POST /v2/event).
    for one in value.get("params") or () if isinstance(value.get("params"), list) else ():
        if isinstance(one, dict):
            plain = str(one.get("name", "")).lower()
            if plain in ("contactid", "externalcustomerid", "email", "phone"):
                yield from _as(one.get("value"), _FIELDS[plain])


def _of(value: Any, container: str) -> Iterator[Identity]:
    """The identities of an element of a container, or of a list of contacts."""
    plain = container.lower()
    if isinstance(value, str | int):
        yield from _as(value, _FIELDS.get(plain, ()))
    else:
        yield from _own(value, {**_FIELDS, **_CONTAINERS.get(plain, {})})


def _as(value: Any, kinds: tuple[str, ...]) -> Iterator[Identity]:
    for one in value if isinstance(value, list) else (value,):
        if isinstance(one, bool) or not isinstance(one, str | int):
            continue
        if not kinds:
            yield from _any(str(one))
        for kind in kinds:
            with suppress(ValueError):
                yield identity(kind, str(one))


def _any(text: str) -> Iterator[Identity]:
    """What a text may be that names a contact in whatever way."""
    text = text.removeprefix("id:")
    for kind in ("email",) if "@" in text else ("phone", "contact-id", "external-id"):
        with suppress(ValueError):
            yield identity(kind, text)


def _address(text: str) -> str:
    """An e-mail address in its one form: the same one may be written in several ways."""
    name, _, domain = text.lower().rpartition("@")
    readable = ".".join(map(_readable, domain.split(".")))
    return unicodedata.normalize("NFC", f"{name}@{readable}".lower())


def _readable(label: str) -> str:
    """A part of a domain in its own letters, where it is encoded for DNS (RFC 3492)."""
    if not label.startswith(ENCODED) or len(label) > LONGEST_LABEL:
        return label
    try:
        return label.removeprefix(ENCODED).encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _digits(text: str) -> str | None:
    if not _PHONE.fullmatch(text.strip()):
        return None
    digits = re.sub(r"\D", "", text).removeprefix("00")
    return digits if _DIGITS[0] <= len(digits) <= _DIGITS[1] else None


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _leaves(one)


def _parsed(text: bytes | str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
