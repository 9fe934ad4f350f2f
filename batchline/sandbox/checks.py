"""Strict checks, combined like the tables in an API's documents.

A check takes a value and returns None, or a text with the location of the error and the error, such
as `.contact.email: longer than 254 characters`. The value `None` is "not given" where a field is
not required, for the documents' own samples send `null`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal

Check = Callable[[object], str | None]

#: Addresses at this domain pass the checks and are invalid, so that invalid ones can be tried.
INVALID_DOMAIN = "invalid.example"

_LOCAL = r"[^\s@<>()\[\],;:\\\"]{1,64}"
_LABEL = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
_EMAIL = re.compile(rf"(?!\.)(?!.*\.\.){_LOCAL}(?<!\.)@(?:{_LABEL}\.)+{_LABEL}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_JSON_NAMES = {dict: "an object", list: "an array", str: "text", bool: "true or false"}


def _name(value: object) -> str:
    return _JSON_NAMES.get(type(value), "null" if value is None else "a number")


def plainly(problem: str) -> str:
    """A check's text about a whole body, without the separator that begins it."""
    return problem.removeprefix(".").removeprefix(": ")


def anything(value: object) -> str | None:
    """Accepts any value."""
    return None


def text(longest: int = sys.maxsize, shortest: int = 0, pattern: str | None = None) -> Check:
    """Text of `shortest` to `longest` characters that matches the pattern; "" matches any."""
    compiled = re.compile(pattern) if pattern else None

    def check(value: object) -> str | None:
        if type(value) is not str:
            return f": must be text, not {_name(value)}"
        if not shortest <= len(value) <= longest:
            return _length_problem(value, longest, shortest)
        if compiled and value and not compiled.fullmatch(value):
            return f": does not fit {pattern}"
        return None

    return check


def _length_problem(value: str, longest: int, shortest: int) -> str:
    if len(value) > longest:
        return f": longer than {longest} characters"
    return f": shorter than {shortest} characters" if shortest > 1 else ": empty"


def email(value: object) -> str | None:
    """An e-mail address: up to 64 characters before the @, a domain behind it, up to 254 in all."""
    if type(value) is not str:
        return f": must be text, not {_name(value)}"
    if len(value) > 254:
        return ": longer than 254 characters"
    return None if _EMAIL.fullmatch(value) else ": not an e-mail address"


def uuid(value: object) -> str | None:
    """A UUID as text."""
    if type(value) is not str:
        return f": must be text, not {_name(value)}"
    return None if _UUID.fullmatch(value) else ": not a UUID"


def flag(value: object) -> str | None:
    """A boolean."""
    return None if type(value) is bool else f": must be true or false, not {_name(value)}"


def flag_or_word(value: object) -> str | None:
    """A boolean, or the text "true" or "false"."""
    return None if value in ("true", "false") else flag(value)


def whole(least: int | None = None, most: int | None = None) -> Check:
    """A whole number, from `least` to `most`."""

    def check(value: object) -> str | None:
        if type(value) is not int:
            return f": must be a whole number, not {_name(value)}"
        if most is not None and value > most:
            return f": more than {most}"
        return None if least is None or value >= least else f": less than {least}"

    return check


#: UNIX time in milliseconds.
millis = whole(0)


def millis_or_digits(value: object) -> str | None:
    """UNIX time in milliseconds, as a number or as text."""
    if type(value) is str:
        return None if value.isascii() and value.isdigit() else ": not a UNIX timestamp"
    return millis(value)


def decimal(digits: int, places: int) -> Check:
    """A number of at most `digits` before the point and `places` behind it, but for float noise."""
    limit, step, noise = 10**digits, Decimal(1).scaleb(-places), Decimal(1).scaleb(-places - 4)

    def check(value: object) -> str | None:
        if type(value) is not int and type(value) is not float:
            return f": must be a number, not {_name(value)}"
        amount = Decimal(str(value))
        if not amount.is_finite() or abs(amount) >= limit:
            return f": more than {digits} digits before the point"
        is_exact = abs(amount - amount.quantize(step)) < noise
        return None if is_exact else f": more than {places} decimals"

    return check


def one_of(values: Collection[str]) -> Check:
    """One of these texts."""
    allowed = frozenset(values)

    def check(value: object) -> str | None:
        if type(value) is str and value in allowed:
            return None
        return f": not one of {sorted(allowed)}"

    return check


def birthday(value: object) -> str | None:
    """A birthday, `yyyyMMdd` or `MMdd`; "" clears."""
    if type(value) is not str:
        return f": must be text, not {_name(value)}"
    if not value:
        return None
    if len(value) not in (4, 8) or not (value.isascii() and value.isdigit()):
        return ": must be yyyyMMdd or MMdd"
    year = int(value[:-4] or 2000)
    try:
        date(year, int(value[-4:-2]), int(value[-2:]))
    except ValueError:
        return ": no such date"
    return None


def array(of: Check, least: int = 0, most: int | None = None) -> Check:
    """An array of `least` to `most` elements that pass the check."""

    def check(value: object) -> str | None:
        if type(value) is not list:
            return f": must be an array, not {_name(value)}"
        if len(value) < least:
            return ": empty" if least == 1 else f": fewer than {least} elements"
        if most is not None and len(value) > most:
            return f": {len(value)} elements, more than {most}"
        for index, element in enumerate(value):
            problem = of(element)
            if problem:
                return f"[{index}]{problem}"
        return None

    return check


def record(fields: Mapping[str, Check], required: Collection[str] = ()) -> Check:
    """An object with these fields and no others."""
    needed = frozenset(required)

    def check(value: object) -> str | None:
        if type(value) is not dict:
            return f": must be an object, not {_name(value)}"
        for name, part in value.items():
            field = fields.get(name)
            if field is None:
                return f".{name[:50]}: unknown field"
            if part is None and name not in needed:
                continue
            problem = field(part)
            if problem:
                return f".{name}{problem}"
        if not needed <= value.keys():
            return f".{min(needed - value.keys())}: not given"
        return None

    return check


def pairs(longest: int, most: int | None = None) -> Check:
    """An object of names and texts, both up to `longest` characters."""
    value_check, name_check = text(longest), text(longest, shortest=1)

    def check(value: object) -> str | None:
        if type(value) is not dict:
            return f": must be an object, not {_name(value)}"
        if most is not None and len(value) > most:
            return f": {len(value)} entries, more than {most}"
        for name, part in value.items():
            problem = name_check(name) or (None if part is None else value_check(part))
            if problem:
                return f".{name[:50]}{problem}"
        return None

    return check


def all_of(*checks: Check) -> Check:
    """A value that passes all these checks; returns the first error."""

    def check(value: object) -> str | None:
        for part in checks:
            problem = part(value)
            if problem:
                return problem
        return None

    return check


def identified_by(*names: str, exactly_one: bool = False) -> Check:
    """An object with at least one, or exactly one, of these fields."""

    def check(value: object) -> str | None:
        count = 0
        if type(value) is dict:
            for name in names:
                count += value.get(name) is not None
        if not count:
            return f".{names[0]}: not given, nor {' nor '.join(names[1:])}"
        if exactly_one and count > 1:
            return f".{names[0]}: only one of {', '.join(names)} may be given"
        return None

    return check
