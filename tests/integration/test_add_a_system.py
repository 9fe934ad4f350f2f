"""A system of another distribution: examples/brevo, built, installed and at work.

Only fresh processes see the folder into which it is installed. They call a stand-in for Brevo over
real HTTP.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from batchline.worker.devstack import processes

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "brevo"
DOCUMENT = (ROOT / "docs" / "add-a-system.md").read_text()
CODE = [path for path in sorted(EXAMPLE.rglob("*")) if path.suffix in (".py", ".toml")]
KEY = "xkeysib-0123456789"

CONFIG = """
redis_url = "{redis_url}"
dispatch_every = 0.05

[accounts.default]
system = "brevo"
url = "{url}"
api_key = "{key}"
timeout = {{connect = 1, read = 6}}
lease = 8
operations."contact.upsert" = {{linger = 0.1}}
operations."event.add" = {{linger = 0.1}}

[routes]
contact = ["default"]
"""


class Brevo(ThreadingHTTPServer):
    """Answers as Brevo's documents say; refuses the attribute `BAD` and the property `bad`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.url = f"http://127.0.0.1:{self.server_port}"
        #: (path, body) of each request with the right key, as they came.
        self.received: list[tuple[str, dict]] = []
        self.lock = threading.Lock()

    def answer(self, path: str, key: str | None, body: dict) -> tuple[int, dict | None]:
        if key != KEY:
            return 401, {"code": "unauthorized", "message": "Key not found"}
        with self.lock:
            known = [sent["email"] for place, sent in self.received if place == "/v3/contacts"]
            self.received.append((path, body))
        if path == "/v3/contacts":
            if "BAD" in body.get("attributes", {}):
                return 400, {"code": "invalid_parameter", "message": "Invalid attribute"}
            return (204, None) if body["email"] in known else (201, {"id": len(known) + 1})
        if path == "/v3/events/batch":
            return _batch(body["events"])
        return 404, {"code": "document_not_found", "message": "no such path"}

    def sent_to(self, path: str) -> list[dict]:
        """The bodies that this path was sent."""
        return [body for place, body in self.received if place == path]


def _batch(events: list[dict]) -> tuple[int, dict]:
    bad = [n for n, event in enumerate(events) if "bad" in event.get("event_properties", {})]
    if not bad:
        return 202, {"message": "Batch accepted.", "count": len(events)}
    return 400 if len(bad) == len(events) else 207, {
        "status": "failed",
        "total_events": len(events),
        "successful_events": len(events) - len(bad),
        "failed_events": len(bad),
        "errors": [{"eventIndex": bad, "message": "event_date is invalid"}],
    }


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = self.server.answer(self.path, self.headers["api-key"], body)
        content = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        if answer is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def brevo():
    with Brevo() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder into which pip has installed the example's wheel, without a network."""
    folder = tmp_path_factory.mktemp("brevo")
    source = shutil.copytree(EXAMPLE, folder / "source")
    _python("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=source)
    [wheel] = folder.glob("batchline_brevo-*.whl")
    site = folder / "site"
    pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index", "--no-deps"]
    _python(*pip, "--target", str(site), str(wheel), cwd=folder)
    return site


@pytest.fixture
def plugged(installed, monkeypatch):
    """Fresh processes find the plug-in."""
    monkeypatch.setenv("PYTHONPATH", str(installed))


@pytest.fixture
def shop(stack, brevo, plugged):
    """The stack with one account, of Brevo."""
    redis_url = stack.settings.redis_url
    stack.config.write_text(CONFIG.format(redis_url=redis_url, url=brevo.url, key=KEY))
    return stack


@pytest.fixture
def worker(shop):
    """Start a worker in a fresh Python."""
    started = []
    yield lambda: started.append(processes.worker(shop.config, shop.folder / "worker.log"))
    for one in started:
        one.kill()


def _run(*arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """A fresh Python, to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _python(*arguments: str, cwd: Path) -> str:
    """What a fresh Python prints; it must end well."""
    done = _run(*arguments, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_operations_of_an_installed_system_are_listed_with_all_others(plugged, tmp_path):
    told = _python("-m", "batchline", "operations", "--json", cwd=tmp_path)
    listed = [json.loads(line) for line in told.splitlines()]
    own = {one["operation"]: one["ambiguous"] for one in listed if one["system"] == "brevo"}
    assert own == {"contact.upsert": "resend", "event.add": "hold"}
    assert {one["system"] for one in listed} > {"brevo", "salesmanago", "esputnik"}


@pytest.mark.slow
def test_preview_shows_the_request_in_the_document_and_no_key(plugged, tmp_path):
    shutil.copy(EXAMPLE / "batchline.toml", tmp_path)
    [line] = re.findall(r"^    echo '(.*)' \| batchline preview -$", DOCUMENT, re.MULTILINE)
    (tmp_path / "line.jsonl").write_text(line)
    shown = _python("-m", "batchline", "preview", "line.jsonl", cwd=tmp_path)
    request = shown.partition("\n1 message would go out")[0]
    assert request.startswith("# 1: contact.upsert")
    assert textwrap.indent(request, "    ") in DOCUMENT


def test_what_an_application_enqueues_a_worker_delivers_in_few_calls(shop, brevo, worker):
    script = shutil.copy(EXAMPLE / "shop.py", shop.folder)
    _python(str(script), cwd=shop.folder)
    worker()
    totals = shop.until_at_rest()

    assert (totals["accepted"], totals["delivered"], totals["merged"]) == (7, 7, 1)
    upserts = sorted(brevo.sent_to("/v3/contacts"), key=lambda upsert: upsert["email"])
    assert upserts == [
        {"email": email, "attributes": {"FIRSTNAME": name}, **more, "updateEnabled": True}
        for email, name, more in (
            ("Ann@shop.example", "Anna", {"listIds": [4]}),
            ("bob@shop.example", "Bob", {"listIds": [4]}),
            ("eve@shop.example", "Eve", {}),
        )
    ]
    [batch] = brevo.sent_to("/v3/events/batch")
    orders = [event["event_properties"]["order"] for event in batch["events"]]
    assert orders == ["17", "18", "19"]


def test_what_the_api_refuses_is_a_dead_letter_in_its_own_words_and_the_rest_is_delivered(
    shop, brevo, worker
):
    contacts = [
        {"email": "ann@shop.example", "attributes": {"FIRSTNAME": "Ann"}},
        {"email": "ann@shop.example", "attributes": {"BAD": "1"}},
    ]
    events = [
        {"event_name": "paid", "identifiers": {"ext_id": str(n)}, "event_properties": properties}
        for n, properties in enumerate([{"a": 1}, {"bad": 1}, {"a": 2}])
    ]
    lines = [{"op": "contact.upsert", "data": data} for data in contacts]
    lines += [{"op": "event.add", "data": data} for data in events]
    enqueued = "\n".join(map(json.dumps, lines))
    done = _run("-m", "batchline", "enqueue", "-", cwd=shop.folder, stdin=enqueued)
    assert done.returncode == 0, done.stderr
    worker()
    totals = shop.until_at_rest()

    assert (totals["delivered"], totals["dead"]) == (3, 2)
    listed = _python("-m", "batchline", "dead", "list", "--json", cwd=shop.folder)
    letters = map(json.loads, listed.splitlines())
    assert {(letter["reason"], letter["detail"]) for letter in letters} == {
        ("rejected", "invalid_parameter: Invalid attribute"),
        ("rejected", "event_date is invalid"),
    }
    # The merged upsert fell apart into its two; the good one was sent by itself.
    assert {"email": "ann@shop.example", "attributes": {"FIRSTNAME": "Ann"}} in [
        {name: value for name, value in sent.items() if name != "updateEnabled"}
        for sent in brevo.sent_to("/v3/contacts")
    ]


@pytest.mark.slow
def test_the_example_passes_the_suite_by_its_own_tests(plugged, tmp_path):
    tests = shutil.copytree(EXAMPLE / "tests", tmp_path / "tests")
    told = _python("-m", "pytest", "-v", "-p", "no:cacheprovider", str(tests), cwd=tmp_path)
    assert re.search(r"TestBrevo::test_every_operation_has_a_case PASSED", told)
    assert re.search(r"^=+ \d+ passed in .*=$", told, re.MULTILINE), told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "why"),
    [
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("SYSTEM = 1", "it is no batchline.systems.contract.SystemSpec"),
    ],
    ids=["raises", "is something else"],
)
def test_a_broken_plug_in_stops_a_command_and_is_named_with_its_distribution(
    tmp_path, monkeypatch, module, why
):
    (tmp_path / "acme.py").write_text(module)
    metadata = tmp_path / "acme_for_batchline-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-for-batchline\n")
    (metadata / "entry_points.txt").write_text("[batchline.systems]\nacme = acme:SYSTEM\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = _run("-m", "batchline", "operations", cwd=tmp_path)
    assert done.returncode != 0
    (last,) = done.stderr.splitlines()
    assert f"the system 'acme' of acme-for-batchline (acme:SYSTEM) cannot be used: {why}. " in last
    assert last.endswith("Mend it, or uninstall acme-for-batchline.")


def test_every_block_of_code_in_the_document_stands_so_in_the_example():
    blocks = re.findall(r"^```(?:python|toml)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    sources = [path.read_text() for path in CODE]
    assert len(blocks) > 10
    for block in blocks:
        assert any(block in source for source in sources), block


def test_the_document_shows_every_module_of_the_example_whole():
    for module in (EXAMPLE / "batchline_brevo").glob("*.py"):
        assert module.read_text() in DOCUMENT, module.name


def test_no_line_of_the_project_knows_the_example():
    folders = [ROOT / name for name in ("batchline", "producers", "worker")]
    paths = {path.resolve() for folder in folders for path in folder.rglob("*.py")}
    assert len(paths) > 200
    assert not [path for path in paths if "brevo" in path.read_text().lower()]
