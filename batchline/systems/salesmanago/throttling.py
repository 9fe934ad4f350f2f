"""The words by which an answer with `success: false` says that there were too many requests.

The documents name no rate limit and no answer to an excess, and the API answers failures with HTTP
200. So a refusal counts as throttling where its words speak of requests, calls or their rate.
Words about a value that is too large are none: an equal request would be refused again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: What a rate limit counts; with a word before it, such as "API calls".
_COUNTED = r"(?:api[ _-])?(?:requests?|calls?|queries|hits)"
_LIMIT = r"(?:limits?|quotas?)"
_EXCEEDED = (
    r"(?:(?:has|have|was|were|is|are)\s+(?:been\s+)?)?(?:exceeded|reached|exhausted|used\s+up)"
)
_SPAN = r"(?:second|sec|minute|min|hour|day)s?"
#: Words before a limit that do not say what it limits.
_ANY = r"(?:(?:the|an?|your|our|this|api|user|account|daily|hourly|monthly|maximum|max)\s+)*"
_WORDS = re.compile(
    rf"\btoo\s+many\s+(?:\w+\s+)?{_COUNTED}\b(?!\s+parameters?\b)"
    rf"|\b{_COUNTED}\s+(?:\w+\s+)?too\s+(?:often|frequent(?:ly)?|fast|quick(?:ly)?)\b"
    rf"|\btoo\s+frequent\s+{_COUNTED}\b"
    r"|\brate[ _-]?limit(?:s|ed|ing)?\b"
    rf"|\brate\s+{_EXCEEDED}\b|\b(?:request|call)\s+rate\s+(?:is\s+)?(?:too\s+high|{_EXCEEDED})\b"
    rf"|\b(?:api|{_COUNTED})\s+(?:\w+\s+)?{_LIMIT}\s+{_EXCEEDED}\b"
    rf"|\b(?:api|{_COUNTED})\s+{_LIMIT}\s+(?:of|per|for)\s+(?:\w+\s+){{1,5}}?{_EXCEEDED}\b"
    rf"|\b(?:exceed(?:s|ed|ing)?|reached)\s+(?:\w+\s+){{0,2}}(?:api|{_COUNTED})\s+{_LIMIT}\b"
    rf"|\b{_LIMIT}\s+(?:of|on|for)\s+(?:\w+\s+)?{_COUNTED}\b.*?\b{_EXCEEDED}\b"
    rf"|\b(?:number|amount|count)\s+of\s+(?:\w+\s+)?{_COUNTED}\s+"
    rf"(?:(?:per|a|in\s+an?|in\s+the\s+last)\s+{_SPAN}\s+)?"
    rf"(?:{_EXCEEDED}\b|exceeds\b|(?:is\s+)?(?:too\s+(?:high|large)|over\s+the\s+limit)\b)"
    rf"|\b(?:exceed(?:s|ed|ing)?|reached)\s+(?:\w+\s+){{0,3}}number\s+of\s+(?:\w+\s+)?{_COUNTED}\b"
    rf"|(?:^|[.:;!,-])\s*{_ANY}quota\s+{_EXCEEDED}\b"
    rf"|\b(?:exceed(?:s|ed|ing)?|reached)\s+{_ANY}quota\b(?!\s+(?:of|on|for)\b)"
    rf"|\b{_COUNTED}\s+(?:per|a)\s+{_SPAN}\b"
    r"|\bthrottl(?:ed|ing)\b|\bslow\s+down\b"
    r"|\b(?:http|status|code|error)\W{0,3}429\b",
    re.IGNORECASE | re.DOTALL,
)
#: A limit, and the advice to come back.
_COME_BACK = re.compile(
    rf"\b{_LIMIT}\b.*\b(?:try\s+again|retry)\s+(?:in|after|later)\b", re.IGNORECASE | re.DOTALL
)
#: What no pause changes: what an account may own.
_OWNED = re.compile(
    r"\b(?:upgrad(?:e|ing)|plan|tariff|subscription|pricing|licen[cs]e|storage|package"
    r"|contacts?\s+(?:limit|quota)s?|(?:limit|quota)s?\s+(?:of|on|for)\s+(?:\w+\s+)?contacts?)\b",
    re.IGNORECASE,
)


#: Characters of a text that are looked at, at its beginning and at its end: what stands between
#: in a longer one is mostly the request. The time of a search grows with the square of them.
LOOKED_AT = 2000


def speaks_of_throttling(texts: Iterable[str]) -> bool:
    """Whether one of an answer's texts says that there were too many requests."""
    return any(map(_is_throttling, texts))


def _is_throttling(text: str) -> bool:
    if len(text) > 2 * LOOKED_AT:
        return _is_throttling(text[:LOOKED_AT]) or _is_throttling(text[-LOOKED_AT:])
    if _WORDS.search(text):
        return True
    return _COME_BACK.search(text) is not None and not _OWNED.search(text)
