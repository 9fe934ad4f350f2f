"""A message as an entry of its lane's stream: one field, named after whom the message is about.

The field's name is the format's version, the options if there are any, and the contact key:

    1ann@shop.example                       the usual entry
    1{"owner":"o@v.pl"}\\nann@shop.example   with options: JSON holds no bare line feed

and its value is the payload. A message that has been in a lane before has a second field, `meta`.
So an entry costs Redis a tenth more than the bare payload, and a worker no object of its own.
"""

from __future__ import annotations

VERSION = "1"
#: A contact key that begins so would be taken for options: the line feed is then always written.
_LIKE_OPTIONS = ("{", "\n")


def field_name(contact: str, options: str) -> str:
    """The name of the field of a message with these options (JSON or "")."""
    if options or contact.startswith(_LIKE_OPTIONS):
        return f"{VERSION}{options}\n{contact}"
    return VERSION + contact


def parse(name: bytes) -> tuple[bytes, bytes]:
    """Contact key and options of a field's name."""
    if name[1:2] in (b"{", b"\n"):
        options, _, contact = name[1:].partition(b"\n")
        return contact, options
    return name[1:], b""


def parse_all(names: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The columns of contact keys and of options; quick where there are no options."""
    if b"\n" not in b"".join(names):
        return [name[1:] for name in names], [b""] * len(names)
    columns = [parse(name) for name in names]
    return [contact for contact, _ in columns], [options for _, options in columns]
