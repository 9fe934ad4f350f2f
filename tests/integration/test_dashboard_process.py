"""The dashboard as people start it, and its users as they are added."""

from __future__ import annotations

import subprocess
import sys

import pytest
import requests

from batchline.worker.dashboard.access import EX_CONFIG
from tests.dashboard import PASSWORD
from tests.flower import running_flower, until_up
from tests.waiting import PATIENCE

OURS = ("-m", "batchline", "flower")
CELERYS = ("-m", "celery", "-A", "batchline.app", "flower")


@pytest.mark.parametrize("command", [OURS, CELERYS], ids=["batchline flower", "celery flower"])
@pytest.mark.parametrize(
    ("option", "variable"),
    [("--address=0.0.0.0", None), ("--port=0", "0.0.0.0"), ("--unix-socket=./flower.sock", None)],
)
def test_without_a_login_it_does_not_start_where_others_would_see_it(
    stack, monkeypatch, command, option, variable
):
    if variable:
        monkeypatch.setenv("FLOWER_ADDRESS", variable)
    done = subprocess.run(
        [sys.executable, *command, option], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == EX_CONFIG
    assert "no login is configured. Add a user: batchline users add NAME" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [OURS, CELERYS], ids=["batchline flower", "celery flower"])
def test_both_commands_show_our_tabs(stack, command):
    with running_flower({}, stack.folder / "flower.log", command=command) as url:
        page = until_up(f"{url}/lanes")
    assert "No lane yet" in page.text
    assert "No login is configured" in page.text


def test_a_configuration_of_ones_own_goes_before_and_may_use_ours(stack):
    (stack.folder / "flowerconfig.py").write_text(
        "from batchline.worker.dashboard import flowerconfig\nbasic_auth = ['ann:secret word']\n"
    )
    with running_flower({}, stack.folder / "flower.log", command=CELERYS) as url:
        until_up(f"{url}/healthcheck")
        assert requests.get(f"{url}/lanes", timeout=PATIENCE).status_code == 401
        known = requests.get(f"{url}/lanes", auth=("ann", "secret word"), timeout=PATIENCE)
    assert "ann, viewer" in known.text


def test_users_are_added_listed_and_removed(stack):
    def batchline(*arguments, password=PASSWORD):
        done = stack.run("users", *arguments, stdin=f"{password}\n".encode())
        return done.returncode, (done.stdout + done.stderr).decode()

    assert batchline("list")[1].startswith("Nobody: ")
    code, said = batchline("add", "ann", "--role", "admin")
    assert (code, "first user: restart Flower" in said) == (0, True)
    assert batchline("add", "bob", "--role", "viewer") == (
        0,
        f"bob, viewer, is in {stack.settings.data_dir / 'dashboard' / 'users'}\n",
    )
    assert batchline("list") == (0, "ann  admin\nbob  viewer\n")
    code, said = batchline("add", "bob", "--role", "operator")
    assert (code, "--replace" in said) == (2, True)
    assert batchline("add", "bob", "--role", "operator", "--replace")[0] == 0
    assert batchline("remove", "ann")[0] == 0
    assert batchline("list") == (0, "bob  operator\n")


@pytest.mark.parametrize(
    ("arguments", "password", "words"),
    [
        (("ann", "--role", "boss"), PASSWORD, "'boss' is not one of"),
        (("ann", "--role", "admin"), "short", "at least 12 characters"),
        (("a:b", "--role", "admin"), PASSWORD, "'a:b' cannot be a name"),
    ],
)
def test_a_user_that_cannot_be_one_is_refused_and_nothing_is_written(
    stack, arguments, password, words
):
    done = stack.run("users", "add", *arguments, stdin=f"{password}\n".encode())
    assert done.returncode != 0
    assert words in done.stderr.decode()
    assert not (stack.settings.data_dir / "dashboard").exists()
