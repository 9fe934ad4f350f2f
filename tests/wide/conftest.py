"""What the browser tests share: Debian's chromium, a dashboard, and axe-core."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from batchline.worker.dashboard import passwords
from batchline.worker.dashboard.access import users_file
from batchline.worker.dashboard.users import Users
from tests.dashboard import PASSWORD, add_users, running_dashboard

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
#: npm's package that looks for what people with disabilities cannot use; for tests only.
AXE = "axe-core@4.14.1"
#: The impacts of what axe-core finds that nobody may meet.
GRAVE = ("serious", "critical")
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="session")
def chromium():
    """The browser, for the whole run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """axe-core: `axe(page)` lists what keeps people out of the page that is shown."""
    folder = tmp_path_factory.mktemp("axe")
    subprocess.run(["npm", "pack", "--silent", AXE], cwd=folder, check=True, capture_output=True)
    with tarfile.open(next(folder.glob("*.tgz"))) as files:
        script = files.extractfile("package/axe.min.js").read().decode()

    def grave(page):
        page.evaluate(script)  # as a script of the page it would be refused
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            (one["id"], node["html"], node["failureSummary"])
            for one in found["violations"]
            if one["impact"] in GRAVE
            for node in one["nodes"]
        ]

    return grave


class Watched:
    """A page, and whatever a user's browser would complain about."""

    def __init__(self, context, url):
        self.url = url
        self.page = context.new_page()
        self.complaints = []
        self.foreign = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def open(self, path):
        self.page.goto(f"{self.url}{path}")
        return self.page

    def log_in(self, name):
        self.open("/login")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url("**/overview")
        return self.page

    def _said(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, request):
        if urlsplit(request.url).netloc not in ("", urlsplit(self.url).netloc):
            self.foreign.append(request.url)


@pytest.fixture
def users(stack, monkeypatch):
    """A user of each role, called as the role is."""
    monkeypatch.setattr(passwords, "LOG2_N", 4)
    found = Users(users_file(stack.settings))
    add_users(found)
    return found


@pytest.fixture
def dashboard(stack, users):
    """A dashboard with a login; its URL."""
    with running_dashboard(stack.settings) as url:
        yield url


@pytest.fixture
def browse(chromium, dashboard):
    """Opens a browser of one's own: `browse(**options)` gives its page, watched."""
    contexts, watched = [], []

    def start(**options):
        contexts.append(chromium.new_context(**options))
        watched.append(Watched(contexts[-1], dashboard))
        return watched[-1]

    yield start
    for context in contexts:
        context.close()
    assert [one.foreign for one in watched] == [[]] * len(watched)


@pytest.fixture
def pictures(tmp_path):
    """The folder that pictures are written into: `make screenshots` names that of the documents."""
    folder = Path(__file__).parents[2] / os.environ.get("PICTURES", tmp_path)
    folder.mkdir(exist_ok=True, parents=True)
    return folder
