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
_WORDS = re.compile(
    rf"\btoo\s+many\s+(?:\w+\s+)?{_COUNTED}\b(?!\s+parameters?\b)"
    rf"|\b{_COUNTED}\s+(?:\w+\s+)?too\s+(?:often|frequent(?:ly)?|fast|quick(?:ly)?)\b"
    rf"|\btoo\s+frequent\s+{_COUNTED}\b"
    r"|\brate[ _-]?limit(?:s|ed|ing)?\b"
    rf"|\brate\s+{_EXCEEDED}\b|\b(?:request|call)\s+rate\s+(?:is\s+)?(?:too\s+high|{_EXCEEDED})\b"
    rf"|\b(?:api|{_COUNTED})\s+(?:\w+\s+)?{_LIMIT}\s+{_EXCEEDED}\b"
    rf"|\b(?:exceed(?:s|ed|ing)?|reached)\s+(?:\w+\s+){{0,2}}(?:api|{_COUNTED})\s+{_LIMIT}\b"
    rf"|\b{_LIMIT}\s+(?:of|on|for)\s+(?:\w+\s+)?{_COUNTED}\b.*?\b{_EXCEEDED}\b"
    rf"|\b{_COUNTED}\s+(?:per|a)\s+{_SPAN}\b"
    rf"|\b{_LIMIT}\b.*\b(?:try\s+again|retry)\s+(?:in|after|later)\b"
    r"|\bthrottl(?:ed|ing)\b|\bslow\s+down\b"
    r"|\b(?:http|status|code|error)\W{0,3}429\b",
    re.IGNORECASE | re.DOTALL,
)


def speaks_of_throttling(texts: Iterable[str]) -> bool:
    """Whether one of an answer's texts says that there were too many requests."""
    return any(_WORDS.search(text) for text in texts)
