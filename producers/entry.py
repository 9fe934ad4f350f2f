"""A message as an entry of its lane's stream: one field, whose name holds the contact key.

The field's name holds the format's version, the options if there are any, and the contact key:

    1ann@shop.example                       the usual entry
    1{"owner":"o@v.pl"}\\nann@shop.example   with options: JSON holds no bare line feed

The field's value is the payload. A message that was in a lane before has a second field, `meta`.
So an entry takes a tenth more memory in Redis than the bare payload, and a worker makes no object
for it.
"""

from __future__ import annotations

#: The version of this format: one character.
VERSION = "1"
#: The last version that a later release may write.
NEWEST = "9"
#: A contact key with such a beginning would be taken for options, so its line feed is written too.
_LIKE_OPTIONS = ("{", "\n")


def field_name(contact: str, options: str) -> str:
    """The field name for a contact key and options (JSON or "")."""
    if options or contact.startswith(_LIKE_OPTIONS):
        return f"{VERSION}{options}\n{contact}"
    return VERSION + contact


def is_newer(name: bytes) -> bool:
    """Whether an entry with this field's name has a format that a later release may write."""
    return VERSION < name[:1].decode("latin-1") <= NEWEST


def parse(name: bytes) -> tuple[bytes, bytes]:
    """The contact key and the options (b"" for none) in a field's name."""
    if name[1:2] in (b"{", b"\n"):
        options, _, contact = name[1:].partition(b"\n")
        return contact, options
    return name[1:], b""


def parse_all(names: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The columns of contact keys and of options; fast where no message has options."""
    if b"\n" not in b"".join(names):
        return [name[1:] for name in names], [b""] * len(names)
    columns = [parse(name) for name in names]
    return [contact for contact, _ in columns], [options for _, options in columns]
