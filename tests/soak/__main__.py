"""`python -m tests.soak [--minutes M] [--rate R]`: the shop runs, and nothing may grow without end.

Every 10 s the memory of Flower, worker and Redis is looked at, and the JavaScript heap of a tab
that stays open. Exit status 1 if one of them grew more in the second half than `samples.BOUNDS`
allow.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.samples import BOUNDS, MB, Sample, grown, rows
from tests.soak.shop import Browser, Traffic, processes, resident, running_shop

#: Seconds between two samples; the tab that goes opens another page as often.
EVERY = 10.0
#: Seconds that the browser is left to itself, before messages that are due are sent.
STEP = 0.5


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=4.0, help="messages a second")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="batchline-soak-"))
    print(f"soak for {asked.minutes:g} min, {asked.rate:g} messages a second; logs in {folder}")
    with running_shop(folder) as (url, pid):
        samples, complaints, unanswered = _watch(url, pid, 60 * asked.minutes, asked.rate)
    _show(samples)
    if unanswered:
        print(f"{unanswered:,} calls were not answered by Redis in time")
    for text in complaints:
        print(f"the browser complained: {text}")
    bad = [one.part for one in grown(samples) if one.is_too_much]
    if bad or complaints:
        print(f"FAILED: {', '.join(bad) or 'the browser'}")
        return 1
    print("flat: no part grew more in the second half than it may")
    shutil.rmtree(folder)
    return 0


def _watch(url: str, pid: int, seconds: float, rate: float) -> tuple[list[Sample], list[str], int]:
    """The samples of so many seconds, the browser's complaints, and unanswered calls."""
    parts = processes(pid)
    samples: list[Sample] = []
    assert {*parts, "heap"} == {*BOUNDS}, f"not all parts run: {parts}"
    traffic, browser = Traffic(rate), Browser(url)
    began = time.monotonic()
    try:
        while (passed := time.monotonic() - began) < seconds:
            traffic.go_on()
            if passed >= len(samples) * EVERY:
                browser.turn()
                found = {part: resident(one) for part, one in parts.items()}
                samples.append(Sample(passed, {**found, "heap": browser.heap()}))
                _progress(samples, traffic.sent)
            browser.wait(STEP)
    finally:
        browser.close()
        traffic.close()
    return samples, browser.complaints, traffic.unanswered


def _progress(samples: list[Sample], sent: int) -> None:
    if len(samples) % 6 == 1:
        print(f"{_line(samples[-1])}  {sent:,} sent", flush=True)


def _line(one: Sample) -> str:
    values = "".join(f"{one.parts[part] / MB:10.1f}" for part in BOUNDS)
    return f"{one.at / 60:7.1f}{values}"


def _show(samples: list[Sample]) -> None:
    print("\n    min" + "".join(f"{part + ' MB':>10}" for part in BOUNDS))
    for one in rows(samples):
        print(_line(one))
    print("\nsecond half:")
    for found in grown(samples):
        verdict = "TOO MUCH" if found.is_too_much else "ok"
        print(
            f"  {found.part:7} {found.middle / MB:7.1f} -> {found.end / MB:7.1f} MB, "
            f"at most {found.most / MB:.1f}: {verdict}"
        )


if __name__ == "__main__":
    sys.exit(main())
