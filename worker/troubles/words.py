"""Troubles in the words for people: in a worker's log, in Sentry, in `batchline status`. Pure."""

from __future__ import annotations

import logging
import re
from typing import Any

from batchline.systems.addresses import MASK
from batchline.worker.troubles.trouble import Trouble

#: Kinds whose scope begins with no account.
OF_NO_ACCOUNT = (
    "redis_away",
    "malformed",
    "times_lost",
    "unseen",
    "results_unread",
    "results_lost",
)
#: An e-mail address; the id of a message (`LANE@MS-N`) is none.
_ADDRESS = re.compile(
    r"(?<![^\s@,;:<>()\"'])[^\s@,;:<>()\"']++@[^\s@,;:<>()\"']+\.[^\s@,;:<>()\"']+"
)
#: Characters of a detail that are shown.
LONGEST_DETAIL = 300


def news_line(trouble: Trouble) -> str:
    """The line of a beginning or of an end."""
    return _end_line(trouble) if trouble.event == "ended" else _begin_line(trouble)


def news_fields(trouble: Trouble) -> dict[str, Any]:
    """What the line of a beginning or of an end says, by its keys (docs/logs.md)."""
    account, operation = parts(trouble)
    fields = {
        "event": "trouble" if trouble.event == "began" else "trouble_over",
        "reason": trouble.kind,
        "account": account,
        "operation": operation,
        "lane": trouble.lane,
        "status": http_status(trouble.detail),
        "messages": trouble.messages,
        "attempt": trouble.times,
        "more": trouble.more,
    }
    if trouble.event == "ended":
        fields |= {"delivered": trouble.delivered, "ms": trouble.at - trouble.since}
    return {name: value for name, value in fields.items() if value not in (None, "")}


def http_status(detail: str) -> int | None:
    """The status in the words of a failed request, such as "HTTP 503"; None: there is none."""
    found = re.match(r"HTTP (\d{3})\b", detail)
    return int(found[1]) if found else None


def standing_line(trouble: Trouble, now: int) -> str:
    """The line of a trouble that lasts; `now` in UNIX ms."""
    lasts = f", for {span(now - trouble.since)}" if now > trouble.since else ""
    text = f"{_what(trouble)}{lasts}{_counts(trouble)}"
    return f"{level_of(trouble)} {trouble.kind}: {_where(trouble)}: {text}. Do: {advice(trouble)}"


def sentry_text(trouble: Trouble) -> str:
    """The text for Sentry: without the detail, which may hold the API's own words."""
    return f"{trouble.kind}: {trouble.scope}: {trouble.row.words}"


def advice(trouble: Trouble) -> str:
    """What to do."""
    account, operation = parts(trouble)
    return trouble.row.do.format(
        scope=trouble.scope, account=account or "ACCOUNT", operation=operation or "OPERATION"
    )


def as_dict(trouble: Trouble, now: int) -> dict[str, Any]:
    """A trouble that lasts, for `status --json`; `now` in UNIX ms."""
    account, operation = parts(trouble)
    return {
        "kind": trouble.kind,
        "level": level_of(trouble),
        "scope": trouble.scope,
        "account": account,
        "operation": operation,
        "lane": trouble.lane or None,
        "seconds": max(0.0, round((now - trouble.since) / 1000, 1)),
        "times": trouble.times,
        "messages": trouble.messages,
        "words": trouble.row.words,
        "detail": _plain(trouble.detail),
        "do": advice(trouble),
    }


def level_of(trouble: Trouble) -> str:
    """The name of its level."""
    return logging.getLevelName(trouble.row.level)


def span(millis: float) -> str:
    """A time as people say it: 4 s, 12 min, 3 h, 2 d."""
    seconds = millis / 1000
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _begin_line(trouble: Trouble) -> str:
    text = f"{_what(trouble)}{_counts(trouble)}"
    return f"{trouble.kind}: {_names(trouble)}: {text}. Do: {advice(trouble)}{_more(trouble)}"


def _end_line(trouble: Trouble) -> str:
    after = span(trouble.at - trouble.since)
    match trouble.row.ends:
        case _ if trouble.followed:
            text = f"over after {after}, {trouble.followed} follows"
        case "quiet":
            text = f"no more of it; {trouble.messages:,} {trouble.row.counted} in {after}"
        case "lane" | "breaker" | "host":
            text = f"goes on after {after}: {trouble.delivered:,} delivered"
        case "resume":
            text = f"resumed after {after}, and tried now"
        case "moves":
            text = f"told {after} ago, it stands still no longer"
        case _:
            text = f"goes on after {after}"
    return f"{trouble.kind} is over: {_names(trouble)}: {text}{_more(trouble)}"


def _names(trouble: Trouble) -> str:
    """Host, account, operation and lane, each by its name, as far as the trouble has them."""
    account, operation = parts(trouble)
    host = trouble.scope if trouble.row.ends == "host" else ""
    named = {"host": host, "account": account, "operation": operation, "lane": trouble.lane}
    found = [f"{name} {value}" for name, value in named.items() if value]
    return ", ".join(found) or trouble.scope


def _where(trouble: Trouble) -> str:
    is_lane_known = trouble.lane and trouble.lane != trouble.scope
    return f"{trouble.scope} ({trouble.lane})" if is_lane_known else trouble.scope


def parts(trouble: Trouble) -> tuple[str | None, str | None]:
    """Account and operation; None where it has none."""
    if trouble.kind in OF_NO_ACCOUNT:
        return None, None
    account, _, rest = (trouble.lane or trouble.scope).partition(":")
    return account, rest.partition(":")[0] or None


def _what(trouble: Trouble) -> str:
    """What is wrong; the line goes on behind it, and ends the sentence."""
    detail = re.sub(r"(?<!\.)\.$", "", masked(_plain(trouble.detail)))
    return f"{trouble.row.words}: {detail}" if detail else trouble.row.words


def _counts(trouble: Trouble) -> str:
    if not trouble.messages:
        return ""
    return f"; {trouble.messages:,} {trouble.row.counted}"


def _more(trouble: Trouble) -> str:
    return f" (and {trouble.more:,} more of this kind)" if trouble.more else ""


def masked(detail: str) -> str:
    """The detail without e-mail addresses: a person's reason or a foreign member may hold one."""
    return _ADDRESS.sub(MASK, detail)


def _plain(detail: str) -> str:
    """One line of bounded length."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", detail)[:LONGEST_DETAIL].strip()
