"""The shop: `batchline up` with its sandbox, traffic, and a browser that looks on."""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from batchline.producers import Contact, Event, Producer, Settings, TryLater

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
#: Contacts of the shop: they come again, as in a shop, so that what is kept of each is bounded.
CONTACTS = 300
#: A tab that stays, and the pages through which the other one goes.
STAYS = "/overview"
PAGES = (
    "/lanes",
    "/lanes/default:event.add",
    "/dead",
    "/bulk",
    "/trace",
    "/requests",
    "/accounts",
    "/erase",
    "/acts",
    "/tasks",
    "/workers",
)
#: Seconds that starting may take.
PATIENCE = 120.0


@contextmanager
def running_shop(folder: Path) -> Iterator[tuple[str, int]]:
    """`batchline up` in this folder: the dashboard's URL, and the process' id."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for name in [name for name in os.environ if name.startswith("BATCHLINE_")]:
        del os.environ[name]
    os.chdir(folder)
    command = [sys.executable, "-m", "batchline", "up", f"--flower-port={port}"]
    with (folder / "up.log").open("wb") as log:
        shop = subprocess.Popen(command, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _until_up(f"{url}/healthcheck", shop)
        yield url, shop.pid
    finally:
        shop.send_signal(signal.SIGINT)
        shop.wait(PATIENCE)


def _until_up(url: str, shop: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            assert shop.poll() is None, Path("up.log").read_text()
            assert time.monotonic() < deadline, "Flower does not answer"
            time.sleep(0.2)


class Traffic:
    """So many messages a second: contacts and events of the shop, for both accounts."""

    def __init__(self, rate: float) -> None:
        self._producer = Producer(Settings.load())
        self._every, self._next = 1 / rate, time.monotonic()
        self._numbers = itertools.count()
        #: Messages that were sent; and calls that Redis did not answer in time.
        self.sent = self.unanswered = 0

    def go_on(self) -> None:
        """Send what is due."""
        while time.monotonic() >= self._next:
            self._next += self._every
            number = next(self._numbers)
            email = f"p{number // 2 % CONTACTS}@shop.example"
            try:
                if number % 2:
                    self._producer.send(Event(type="PURCHASE", email=email, value=9.99))
                else:
                    self._producer.send(Contact(email=email, first_name=f"P{number % 7}"))
            except TryLater:  # a busy machine; a shop would send it again
                self.unanswered += 1
            else:
                self.sent += 1

    def close(self) -> None:
        self._producer.close()


class Browser:
    """Two tabs: one stays on the overview, one goes from page to page."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        context = self._chromium.new_context()
        self._stays, self._goes = context.new_page(), context.new_page()
        self._stays.goto(f"{url}{STAYS}")
        self._pages = itertools.cycle(PAGES)
        self._tools: Any = context.new_cdp_session(self._stays)
        self._tools.send("Performance.enable")
        #: What the browser complained about.
        self.complaints: list[str] = []
        for page in (self._stays, self._goes):
            page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def turn(self) -> None:
        """Open the next page in the tab that goes."""
        self._goes.goto(f"{self._url}{next(self._pages)}")

    def wait(self, seconds: float) -> None:
        """Let the pages go on for so long."""
        page: Page = self._stays
        page.wait_for_timeout(seconds * 1000)

    def heap(self) -> float:
        """Bytes of JavaScript that the tab that stays holds, what is garbage left out."""
        self._tools.send("HeapProfiler.collectGarbage")
        metrics = self._tools.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "JSHeapUsedSize"))

    def close(self) -> None:
        self._chromium.close()
        self._playwright.stop()


def processes(parent: int) -> dict[str, int]:
    """The parts that `batchline up` has started -> their process ids."""
    found = {}
    for pid in map(int, _children(parent)):
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        for part, pattern in (
            ("worker", r"batchline worker"),
            ("flower", r"batchline flower"),
            ("redis", r"(valkey|redis)-server"),
        ):
            if re.search(pattern, line):
                found[part] = pid
    return found


def _children(parent: int) -> list[str]:
    """Those that any thread of the process has started."""
    threads = Path(f"/proc/{parent}/task").iterdir()
    return [pid for thread in threads for pid in (thread / "children").read_text().split()]


def resident(pid: int) -> float:
    """Bytes of memory that the process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found, f"process {pid} has ended"
    return 1024.0 * int(found[1])
