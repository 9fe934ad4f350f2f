"""What is installed is one package, and an application may have a `worker` of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from batchline.worker.devstack.processes import Child
from tests.flower import running_flower, workers

ROOT = Path(__file__).resolve().parents[2]
#: What most Celery projects have, beside the shop's own program.
SHOP = {
    "worker/__init__.py": 'OWNER = "the shop"',
    "worker/app.py": 'raise ImportError("this is the shop\'s worker.app")',
    "worker.py": 'raise ImportError("this is the shop\'s worker.py")',
    "producers/__init__.py": 'OWNER = "the shop"',
    "sandbox/__init__.py": 'OWNER = "the shop"',
    "tests/__init__.py": 'OWNER = "the shop"',
    "checkout.py": """
import sys

import batchline
import producers
import sandbox
import worker
from batchline import Producer, salesmanago
from batchline.salesmanago import add_external_event, upsert_contact

assert batchline.__file__.startswith(sys.prefix), "the package that the wheel installed"
assert {producers.OWNER, sandbox.OWNER, worker.OWNER} == {"the shop"}
upsert_contact("ann@shop.example", name="Ann")
add_external_event("ann@shop.example", "PURCHASE", value=19.99, external_id="order-17")
with Producer() as producer:
    producer.send(salesmanago.ContactUpsert(contact={"email": "bob@shop.example"}))
""",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(ROOT, "wheel", tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The interpreter of a new environment in which the wheel is installed.

    The packages that it needs are read from the environment of the tests, without its editable
    install: a .pth file leads to its folder, whose own .pth files are not read then.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    site = next(folder.glob("lib/python*/site-packages"))
    interpreter = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(interpreter), "install"]
    subprocess.run([*pip, "-q", "--no-deps", "--no-index", str(wheel)], check=True)
    (site / "packages.pth").write_text(sysconfig.get_path("purelib"))
    return str(interpreter)


def build(source: Path, kind: str, folder: Path) -> Path:
    """A wheel or an sdist of that source tree."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


def contents(wheel: Path) -> dict[str, int]:
    """The files of a wheel, and their checksums."""
    with zipfile.ZipFile(wheel) as archive:
        return {info.filename: info.CRC for info in archive.infolist()}


def test_the_wheel_holds_one_top_level_name(wheel):
    top = {name.split("/")[0] for name in contents(wheel)}
    assert {name for name in top if not name.endswith(".dist-info")} == {"batchline"}


def test_the_wheel_holds_what_is_not_python_too(wheel):
    names = contents(wheel)
    assert "batchline/py.typed" in names
    for folder in ("producers", "worker"):
        scripts = [path.relative_to(ROOT) for path in (ROOT / folder).rglob("*.lua")]
        assert scripts
        assert {f"batchline/{path}" for path in scripts} <= names.keys()


def test_the_sdist_builds_the_same_wheel(wheel, tmp_path):
    with tarfile.open(build(ROOT, "sdist", tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    assert contents(build(source, "wheel", tmp_path / "wheel")) == contents(wheel)


def test_an_application_with_a_worker_of_its_own_enqueues_delivers_and_watches(stack, python):
    shop = stack.folder / "shop"
    for name, text in SHOP.items():
        file = shop / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    environment = {"BATCHLINE_CONFIG": str(stack.config)}
    in_shop = ["/usr/bin/env", "-C", str(shop), python]
    subprocess.run([*in_shop, "checkout.py"], env={**os.environ, **environment}, check=True)
    celery = [*in_shop, "-m", "celery", "-A", "batchline.app", "worker", "-n", "shop@%h"]
    worker = Child("worker", celery, environment, stack.folder / "celery.log")
    try:
        assert stack.until_at_rest()["delivered"] == 3
        with running_flower(environment, stack.folder / "flower.log", in_shop) as url:
            assert workers(url) == {"shop"}
    finally:
        worker.stop()
    batchline = [*in_shop[:-1], str(Path(python).with_name("batchline")), "status"]
    shown = subprocess.run(
        batchline, env={**os.environ, **environment}, check=True, capture_output=True
    )
    assert b"default:event.add:" in shown.stdout
