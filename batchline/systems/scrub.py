"""Takes personal data and secrets out of what leaves the house: values, not only keys. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from batchline.systems import hidden
from batchline.systems.addresses import MASK

_OUTSIDE = r"\s\"'`<>,;:()\[\]{}|=&?/\\"
#: An e-mail address, whatever its alphabet, also as an address of a page spells it. It is looked
#: for where a run of its characters begins, so that the time grows with the text and not faster.
_ADDRESS = re.compile(
    rf"(?<![^{_OUTSIDE}@])[^{_OUTSIDE}@]+?(?:@|%40)[^{_OUTSIDE}@]+(?:@[^{_OUTSIDE}@]+)*"
)
#: A hash or a token.
_HEX = re.compile(r"[0-9a-f]{20,}", re.IGNORECASE)
#: A phone number, an id, a card: seven digits or more, with what people write between them.
_NUMBER = re.compile(r"\+?\d(?:[ ()./\u2010-\u2015-]{0,3}\d){6,}")
_PATTERNS = (_ADDRESS, _HEX, _NUMBER)
#: Keys whose texts are ids of Sentry's protocol, moments, or names of ours: hexadecimal texts and
#: numbers stay in them.
_NAMES = frozenset(
    (
        *("event_id", "trace_id", "span_id", "parent_span_id", "check_in_id"),
        *("timestamp", "start_timestamp", "end_timestamp", "server_name", "release"),
        *("fingerprint", "account", "operation", "lane", "monitor_slug"),
        *("sentry.segment.id", "batchline.trace_ids"),
        *("messaging.destination.name", "messaging.message.id"),
    )
)


class Scrubber:
    """Masks e-mail addresses, long numbers, long hexadecimal texts, and these secrets."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._spellings = tuple(
            sorted({spelled for secret in secrets for spelled in hidden.spellings(secret)})
        )

    def text(self, text: str) -> str:
        """The text with all of that masked."""
        return self._masked(text, _PATTERNS)

    def value(self, value: Any, key: str = "") -> Any:
        """The value with every text in it masked, and every key of a mapping."""
        if isinstance(value, str):
            return self._masked(value, (_ADDRESS,) if key in _NAMES else _PATTERNS)
        if isinstance(value, Mapping):
            return {self._key(name): self.value(one, str(name)) for name, one in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(one, key) for one in value]
        if isinstance(value, bytes | bytearray):
            return self.value(value.decode(errors="replace"), key)
        return value

    def _key(self, name: Any) -> Any:
        return self.text(name) if isinstance(name, str) else name

    def _masked(self, text: str, patterns: Iterable[re.Pattern[str]]) -> str:
        text = hidden.without_secrets(text, self._spellings)
        for pattern in patterns:
            text = pattern.sub(MASK, text)
        return text
