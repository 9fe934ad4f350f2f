"""Several who change the users file at once, and files that are replaced."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batchline.worker.dashboard import passwords
from batchline.worker.dashboard.roles import Role
from batchline.worker.dashboard.users import UnusableUsers, UserExists, Users
from batchline.worker.devstack.private_files import replaced

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "LOG2_N", 4)


@pytest.fixture
def users(tmp_path):
    found = Users(tmp_path / "users")
    found.put("ann", Role.ADMIN, PASSWORD)
    return found


@pytest.fixture
def while_hashing(monkeypatch):
    """Lets something happen while the next password is hashed."""

    def wait_for(happens):
        hashed = passwords.hashed

        def slow(password):
            monkeypatch.setattr(passwords, "hashed", hashed)
            happens()
            return hashed(password)

        monkeypatch.setattr(passwords, "hashed", slow)

    return wait_for


def test_a_user_that_somebody_else_adds_meanwhile_is_not_replaced(users, while_hashing):
    while_hashing(lambda: Users(users.path).put("bob", Role.VIEWER, "another password"))
    with pytest.raises(UserExists, match="bob is there already: --replace"):
        users.put("bob", Role.ADMIN, PASSWORD, may_replace=False)
    assert users.get("bob").role is Role.VIEWER
    assert users.with_password("bob", "another password")


def test_a_role_that_somebody_else_gives_meanwhile_stays(users, while_hashing):
    while_hashing(lambda: Users(users.path).put("ann", Role.VIEWER, PASSWORD))
    users.put("bob", Role.ADMIN, PASSWORD)
    assert users.get("ann").role is Role.VIEWER


def test_a_link_to_the_file_is_the_same_file_and_stays_a_link(users, tmp_path, while_hashing):
    link = tmp_path / "elsewhere" / "users"
    link.parent.mkdir()
    link.symlink_to(users.path)
    while_hashing(lambda: Users(link).remove("ann"))
    users.put("bob", Role.ADMIN, PASSWORD)
    assert link.is_symlink()
    assert set(Users(link).all()) == {"bob"}
    assert [path.name for path in link.parent.iterdir()] == ["users"]


def test_a_folder_in_which_nothing_can_be_written_is_told_with_the_setting(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UnusableUsers, match=r"cannot be written: .*dashboard.users_file"):
        Users(tmp_path / "file" / "users").put("ann", Role.VIEWER, PASSWORD)


def test_two_who_replace_one_file_at_once_write_files_of_their_own(tmp_path):
    target = tmp_path / "file"
    with replaced(target) as first, replaced(target) as second:
        first.write("first")
        second.write("second")
    assert target.read_text() == "first"  # the outer one ended last
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_is_on_disk_before_it_replaces_another_and_its_name_afterwards(
    tmp_path, monkeypatch
):
    done = []
    fsync, replace = os.fsync, Path.replace

    def synced(handle):
        done.append(Path(os.readlink(f"/proc/self/fd/{handle}")))
        fsync(handle)

    def renamed(path, target):
        done.append("renamed")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    with replaced(tmp_path / "file") as file:
        file.write("text")
    written, *rest = done
    assert written.suffix == ".new"
    assert rest == ["renamed", tmp_path]
