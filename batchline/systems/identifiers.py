"""Identifiers as people have them: e-mail addresses, ids and codes.

A text that was copied from a page, a letter or a table may hold characters that nobody sees. Two
identifiers that differ in them alone are two contacts to an API. They are dropped where the meaning
is certain; where it is not, the identifier is refused and the character named.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

#: Characters without a meaning in an identifier: soft hyphen, zero width space, word joiner, byte
#: order mark, marks of the direction of writing.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202c\u2060-\u2064\u2066-\u2069\ufeff]"
)
#: Characters that join letters of some alphabets, or choose their form; between letters of ASCII
#: they have no meaning.
_JOINERS = re.compile("[\u034f\u200c\u200d\ufe00-\ufe0f]")
#: Letters that show nothing, and the sign that stands for what could not be read.
_NOTHING = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffd")
_MAILTO = "mailto:"
_KIND = "must be an e-mail address"

#: The part before the @: unquoted characters of RFC 822, letters of any alphabet, and dots between.
_LOCAL = r"(?!\.)(?!.*\.\.)[^\s\x00-\x1f\x7f@<>()\[\],;:\\\"]{1,64}(?<!\.)"
_LABEL = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
#: The domain: its last label has a letter, for an IP address is no domain.
_DOMAIN = rf"(?:{_LABEL}\.)+(?=[^.]*[^\W\d_])(?=..){_LABEL}"
_EMAIL = re.compile(f"{_LOCAL}@{_DOMAIN}")
#: The usual address, if it has 64 characters at most: nearly all are, and this is found faster.
USUAL = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,63}"
)


def cleaned(value: object) -> object:
    """The identifier without blanks around it, `mailto:`, and characters that nobody sees.

    Its letters are composed: é is one character, not e and an accent.
    A value that is no text is returned as it is. Raises ValueError, which names the character,
    where the meaning is not certain, and for a text of blanks alone.
    """
    if not isinstance(value, str) or not value or _is_plain(value):
        return value
    text = _visible(value).strip()
    if not text:
        raise ValueError("is blank: it holds no character that can be seen")
    if text[: len(_MAILTO)].lower() == _MAILTO and "@" in text:
        text = _of_link(text)
    if not (text.isascii() and text.isprintable()):
        _refuse_hidden(text)
    return unicodedata.normalize("NFC", text)


def email_of(value: object) -> object:
    """The address, cleaned and checked, in one call; a value that is no text as it is."""
    if not isinstance(value, str) or (len(value) <= 64 and USUAL.fullmatch(value)):
        return value
    return checked_email(str(cleaned(value)))


def checked_email(value: str) -> str:
    """The e-mail address itself. Raises ValueError, which says why, if it is none."""
    if not _EMAIL.fullmatch(value):
        refuse_gaps(value)
        raise ValueError(f"{_KIND}: up to 64 characters, an @, and a valid domain after it")
    return value


def refuse_gaps(value: str) -> str:
    """The address itself. Raises ValueError for one with a blank or two dots in a row."""
    if any(letter.isspace() for letter in value):
        raise ValueError(f"{_KIND}: it holds a blank, remove it")
    if ".." in value:
        raise ValueError(f"{_KIND}: it has two dots in a row, and nobody knows what is missing")
    return value


def _is_plain(value: str) -> bool:
    """Whether it is a usual identifier, in which there is nothing to clean."""
    is_visible = value.isascii() and value.isprintable() and value[0] != " " and value[-1] != " "
    return is_visible and value[: len(_MAILTO)].lower() != _MAILTO


def _visible(value: str) -> str:
    if value.isascii():
        return value
    text = _INVISIBLE.sub("", value)
    bare = _JOINERS.sub("", text)
    return bare if bare.strip().isascii() else text


def _of_link(link: str) -> str:
    """The address of a `mailto:` link."""
    address = link[len(_MAILTO) :].strip()
    if "%" in address or "?" in address:
        raise ValueError("is a mailto: link with more than an address: give the address alone")
    return address


def _refuse_hidden(text: str) -> None:
    for letter in text:
        is_blank = letter in "\t\n\r" or unicodedata.category(letter) in ("Zs", "Zl", "Zp")
        is_hidden = letter in _NOTHING or unicodedata.category(letter) == "Cf"
        if is_hidden or (is_blank and letter != " "):
            name = unicodedata.name(letter, "a tab or a line break")
            raise ValueError(
                f"holds U+{ord(letter):04X} ({name}), which nobody sees as what it is: remove it"
            )


#: Cleans an identifier, before its length is checked.
Cleaned = BeforeValidator(cleaned)
#: An identifier that may not be empty.
Identifier = Annotated[str, Field(min_length=1), Cleaned]
#: An address that a system has yet to check by its own rule.
AnyAddress = Annotated[
    str, Field(min_length=1), AfterValidator(refuse_gaps), BeforeValidator(cleaned)
]
#: An e-mail address of up to 254 characters; its case is kept. Quoted local parts are refused.
Email = Annotated[str, Field(max_length=254), BeforeValidator(email_of)]
