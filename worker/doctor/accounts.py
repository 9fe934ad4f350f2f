"""Each account's API: its host, its certificate, the credentials, and its clock."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

from batchline.producers.errors import LimitReached, QuestionUnanswered, RedisUnavailable
from batchline.producers.settings import Settings
from batchline.systems.addresses import host_of, without_secrets
from batchline.systems.errors import BatchlineError
from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import (
    CredentialsRefused,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
)
from batchline.worker.delivery.asking import Asker
from batchline.worker.doctor.finding import Finding, Setup, doubtful, skipped, well, wrong

#: What a finding is about.
Part = Literal["DNS", "TLS", "credentials", "latency", "clock"]
#: Accounts asked at once.
AT_ONCE = 8
#: Seconds that a question waits for the account's rate limit.
WAIT = 5.0
#: Seconds by which the API's clock, which is told in whole seconds, may differ from the one here.
SKEW = 60.0
#: Piece of what went wrong on the way -> what mends it.
FIXES = {
    "name is not known": "mend url, or the DNS of this machine",
    "certificate": "name the file with the CA of this certificate: ca_file, or SSL_CERT_FILE",
    "TLS": "does url name a port that speaks TLS? Else ask the vendor",
    "proxy": "mend proxy of the account, HTTPS_PROXY or NO_PROXY",
    "refused": "mend url; if it is right, the API is down: ask the vendor",
}
OTHERWISE = "mend url, or open the way there (firewall, proxy); if both are right, ask the vendor"


def look(setup: Setup) -> Iterator[Finding]:
    """Ask each API one documented question that changes nothing."""
    settings = setup.those_in_force()
    names = list(settings.accounts)
    if not names:
        yield skipped("there is none")
        return
    if setup.is_offline:
        yield skipped(f"{len(names)} accounts: not asked, as --offline says")
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for findings in pool.map(lambda name: list(check(settings, name)), names):
            yield from findings


def check(settings: Settings, name: str) -> Iterator[Finding]:
    """Ask one API such a question, within the account's limits. The texts may hold secrets."""
    account = settings.account(name)
    who = f"{name} ({account.system} at {host_of(without_secrets(account.url))})"
    for _, one in parts(settings, name):
        yield one._replace(text=f"{who}: {one.text}")


def parts(settings: Settings, name: str) -> Iterator[tuple[Part, Finding]]:
    """The same, each finding with what it is about. The texts may hold secrets."""
    account = settings.account(name)
    if absent := account.absent_secrets():
        names = ", ".join(absent)
        yield "credentials", skipped(f"not asked, for {names} is not here: give it to this process")
        return
    try:
        with Asker(settings, name, WAIT) as asker:
            asked = asker.credentials()
    except QuestionUnanswered as error:
        yield "credentials", wrong(error.detail, fix_of(error.detail))
    except (LimitReached, RedisUnavailable) as error:
        yield "credentials", skipped(f"not asked: {error}")
    except BatchlineError as error:
        yield "credentials", wrong(str(error), OTHERWISE)
    else:
        if asked is None:
            yield "credentials", _resolved(account.url)
            return
        yield "credentials", judged(asked[1], name)
        yield "latency", latency(asker.seconds, account.timeout.read)
        for found in clock(asked[0], time.time()):
            yield "clock", found


def latency(seconds: float, most: float) -> Finding:
    """How long the answer took; `most`: the seconds that one may take."""
    took = f"answered in {seconds * 1000:,.0f} ms"
    if seconds > most / 2:
        return doubtful(
            f"{took}, more than half of timeout.read ({most:g} s)",
            "raise timeout.read of the account and its lease, or ask the vendor",
        )
    return well(took)


def fix_of(detail: str) -> str:
    """What mends a request that got no answer."""
    return next((fix for piece, fix in FIXES.items() if piece in detail), OTHERWISE)


def judged(outcome: Outcome, name: str) -> Finding:
    """What the answer to the question means."""
    match outcome:
        case Judged(exceptions=exceptions) if not exceptions:
            return well("the API takes the credentials")
        case CredentialsRefused(detail):
            return wrong(
                f"the API refuses the credentials ({detail})",
                f"compare those of [accounts.{name}] with the API's own pages, restart the "
                f"workers, then batchline resume {name}",
            )
        case DestinationFailed(detail) | Refused(detail):
            return wrong(f"the API fails: {detail}", "ask the vendor; nothing is lost")
    return wrong(
        "the answer is not one that this API documents",
        f"does url of [accounts.{name}] name this API?",
    )


def clock(answer: HttpAnswer, now: float) -> Iterator[Finding]:
    """How far the API's clock, as its answer tells it, is from this one; `now` in UNIX seconds."""
    told = {key.lower(): value for key, value in answer.headers.items()}.get("date", "")
    with suppress(ValueError, TypeError):
        there = parsedate_to_datetime(told)
        there = there if there.tzinfo else there.replace(tzinfo=UTC)
        skew = there.timestamp() - now
        if abs(skew) > SKEW:
            yield doubtful(
                f"the API's clock and the one here differ by {abs(skew):,.0f} s",
                "set the clock of this machine by NTP",
            )
        else:
            yield well(f"clock within {abs(skew):.0f} s")


def _resolved(url: str) -> Finding:
    """Of an API without such a question: whether its host is known."""
    try:
        socket.getaddrinfo(urlsplit(url).hostname, None)
    except OSError:
        return wrong("the host's name is not known", FIXES["name is not known"])
    return well("the host is known; this API documents no harmless question")
