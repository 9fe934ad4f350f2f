"""Runs the checks in the order in which they need each other, and words what they find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from redis.exceptions import RedisError

from batchline.producers.redis_client import described
from batchline.systems import api_text
from batchline.systems.addresses import shown
from batchline.worker.doctor import accounts, lanes, servers, settings
from batchline.worker.doctor.finding import Check, Finding, Mark, Result, Setup, skipped, wrong

CHECKS = (
    Check("settings", "the settings, and their files", (), settings.look),
    Check("redis", "the Redis that holds the lanes", ("settings",), servers.look_at_redis),
    Check("broker", "Celery's broker", ("settings",), servers.look_at_broker),
    Check("scripts", "the scripts in Redis", ("redis",), servers.look_at_scripts),
    Check("workers", "workers seen", ("redis",), lanes.look_at_workers),
    Check("dispatcher", "due lanes are taken", ("redis",), lanes.look_at_dispatcher),
    Check("accounts", "each account's API", ("settings",), accounts.look),
    Check("paused", "what is paused", ("redis",), lanes.look_at_pauses),
    Check("troubles", "what is wrong and lasts", ("redis",), lanes.look_at_troubles),
    Check("books", "every message is accounted for", ("redis",), lanes.look_at_books),
)
#: The width of the longest name.
WIDTH = max(len(check.name) for check in CHECKS)
SIGNS: dict[Mark, str] = {"well": "✓", "doubtful": "!", "wrong": "✗", "skipped": "-"}


def run(
    setup: Setup, wanted: Sequence[str] = (), checks: Sequence[Check] = CHECKS
) -> Iterator[Result]:
    """The results of the wanted checks, of all if none is named, each as soon as it is there.

    What they need runs too, and is a result where it is wrong.
    """
    wanted = wanted or [check.name for check in checks]
    needed = _with_needs(wanted, checks)
    for check in checks:
        if check.name not in needed:
            continue
        result = Result(check, [_redacted(one, setup.secrets) for one in _looked(check, setup)])
        if check.name in wanted or result.mark == "wrong":
            yield result


def _with_needs(wanted: Sequence[str], checks: Sequence[Check]) -> set[str]:
    needed = set(wanted)
    for check in reversed(checks):
        if check.name in needed:
            needed |= {*check.needs}
    return needed


def _looked(check: Check, setup: Setup) -> list[Finding]:
    there = {"settings": setup.settings is not None, "redis": setup.store is not None}
    missing = [name for name in check.needs if not there[name]]
    if missing:
        return [skipped(f"skipped: it needs {', '.join(missing)}")]
    found: list[Finding] = []
    try:
        found += check.look(setup)
    except RedisError as error:
        found.append(
            wrong(
                f"Redis: {described(error)}",
                "see the server's log, and the rights of this user (docs/operations.md, Rights)",
            )
        )
    return found


def _redacted(finding: Finding, secrets: Sequence[str]) -> Finding:
    """The finding as it may stand in a ticket."""
    text, fix = (
        api_text.without_secrets(str(shown(one)), secrets) for one in (finding.text, finding.fix)
    )
    # A fix is ours, and names nobody.
    return finding._replace(text=api_text.without_addresses(text), fix=fix)


def lines(result: Result, is_verbose: bool) -> Iterator[str]:
    """A result for people. What is well is one line, unless all of it is wanted."""
    loud = [one for one in result.findings if one.mark in ("wrong", "doubtful")]
    quiet = [one for one in result.findings if one not in loud]
    said = loud + quiet if is_verbose else loud or _first(quiet)
    for one in said:
        first, *rest = one.text.splitlines() or [""]
        yield f"{SIGNS[one.mark]} {result.check.name:{WIDTH}}  {first}"
        yield from (f"{'':{WIDTH}}    {line.strip()}" for line in rest)
        if one.fix:
            yield f"{'':{WIDTH}}    → {one.fix}"


def _first(quiet: list[Finding]) -> list[Finding]:
    """The first, and how many more are well."""
    if len(quiet) < 2:
        return quiet
    return [quiet[0]._replace(text=f"{quiet[0].text} (and {len(quiet) - 1:,} more: -v)")]


def as_dict(results: Sequence[Result]) -> dict[str, Any]:
    """All results, for scripts."""
    return {
        "ok": is_well(results),
        "checks": [
            {
                "check": one.check.name,
                "mark": one.mark,
                "findings": [
                    {"mark": found.mark, "text": found.text, "fix": found.fix or None}
                    for found in one.findings
                ],
            }
            for one in results
        ],
    }


def is_well(results: Sequence[Result]) -> bool:
    """Whether nothing is wrong; what is doubtful may stay."""
    return all(one.mark != "wrong" for one in results)
