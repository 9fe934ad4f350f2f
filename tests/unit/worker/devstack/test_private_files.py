"""What is written here is for its owner only, whatever the umask says and whatever was there."""

from __future__ import annotations

import ast
import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from batchline.worker.devstack.private_files import open_private, private_folder, replaced

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(autouse=True)
def _open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.parametrize("how", ["w", "wb", "a", "ab", "x"])
def test_a_new_file_is_for_its_owner_only(tmp_path, how):
    with open_private(tmp_path / "file", how) as file:
        assert mode(file.name) == 0o600


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path):
    (tmp_path / "file").write_text("old")
    (tmp_path / "file").chmod(0o644)
    with open_private(tmp_path / "file", "a") as file:
        file.write("ż")
    assert mode(tmp_path / "file") == 0o600
    assert (tmp_path / "file").read_text(encoding="utf-8") == "oldż"


def test_every_new_folder_on_the_way_is_for_its_owner_only(tmp_path):
    tmp_path.chmod(0o755)
    private_folder(tmp_path / "a" / "b")
    private_folder(tmp_path / "a" / "b")
    assert [mode(tmp_path / name) for name in (".", "a", "a/b")] == [0o755, 0o700, 0o700]


def test_a_file_in_the_way_of_a_folder_is_an_error(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(OSError, match="a"):
        private_folder(tmp_path / "a")


def test_a_file_is_replaced_when_all_of_it_is_written(tmp_path):
    target = tmp_path / "file"
    target.write_text("old")
    target.chmod(0o666)
    with replaced(target) as file:
        file.write("new")
        assert target.read_text() == "old"
    assert (target.read_text(), mode(target)) == ("new", 0o600)
    with suppress(ZeroDivisionError), replaced(target) as file:
        file.write("half")
        file.write(str(1 / 0))
    assert target.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_device_is_written_to_and_not_replaced():
    with replaced("/dev/null") as file:
        file.write("gone")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def _is_private(keyword):
    return isinstance(keyword.value, ast.Constant) and keyword.value.value in (0o600, 0o700)


#: Methods that make a file for everybody, and functions with a mode for writing.
WRITERS = {"write_text", "write_bytes", "mkdir"}


def test_no_command_makes_a_file_or_a_folder_in_another_way():
    found = []
    for path in (ROOT / "worker").rglob("*.py"):
        if path.name == "private_files.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                constants = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                writes = any(
                    isinstance(one, str) and one[:1] in ("w", "a", "x") and len(one) < 3
                    for one in constants
                )
                if any(keyword.arg == "mode" and _is_private(keyword) for keyword in node.keywords):
                    continue
                if name in WRITERS or (name == "open" and writes):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found
