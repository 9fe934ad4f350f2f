"""The users file, its passwords, and the secret of sessions."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from batchline.worker.dashboard import cookie_secret, passwords
from batchline.worker.dashboard.cookie_secret import UnusableSecret
from batchline.worker.dashboard.roles import Role
from batchline.worker.dashboard.users import UnusableUsers, Users, parse

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "LOG2_N", 4)


@pytest.fixture
def users(tmp_path):
    return Users(tmp_path / "dashboard" / "users")


def test_a_user_is_kept_with_role_and_a_hash_never_with_the_password(users):
    users.put("ann", Role.OPERATOR, PASSWORD)
    text = users.path.read_text()
    assert PASSWORD not in text
    assert text.splitlines()[-1].startswith("ann:operator:$scrypt$ln=4,r=8,p=1$")
    assert users.with_password("ann", PASSWORD).role is Role.OPERATOR
    assert users.with_password("ann", PASSWORD.upper()) is None
    assert users.with_password("bob", PASSWORD) is None


def test_the_file_and_its_folder_are_for_their_owner_only(users):
    users.put("ann", Role.VIEWER, PASSWORD)
    assert stat.S_IMODE(users.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(users.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_file_that_others_can_read_or_change_is_refused(users, mode):
    users.put("ann", Role.VIEWER, PASSWORD)
    os.chmod(users.path, mode)
    with pytest.raises(UnusableUsers, match=f"has the mode {mode:04o}.*chmod 600"):
        users.all()


def test_a_change_of_the_file_counts_at_once(users):
    other = Users(users.path)
    users.put("ann", Role.VIEWER, PASSWORD)
    assert set(other.all()) == {"ann"}
    users.put("bob", Role.ADMIN, PASSWORD)
    users.remove("ann")
    assert set(other.all()) == {"bob"}


def test_a_new_password_has_another_stamp(users):
    users.put("ann", Role.VIEWER, PASSWORD)
    before = users.get("ann").stamp
    users.put("ann", Role.VIEWER, PASSWORD)
    assert users.get("ann").stamp != before


def test_a_letter_may_be_typed_in_either_of_its_spellings():
    kept = passwords.hashed("cafe\N{COMBINING ACUTE ACCENT} au lait")
    assert passwords.matches("caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait", kept)


@pytest.mark.parametrize("name", ["", "a:b", "ann bob", "-ann", "ann|bob", "a\nb", "x" * 65])
def test_a_name_that_cannot_be_one_is_refused(users, name):
    with pytest.raises(UnusableUsers, match="cannot be a name"):
        users.put(name, Role.VIEWER, PASSWORD)
    assert not users.path.exists()


HASH = "$scrypt$ln=4,r=8,p=1$AAAA$AAAA"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ann", "name:role:hash"),
        (f"ann:boss:{HASH}", "'boss' is no role: viewer, operator, admin"),
        ("ann:admin:secret", "no hash that can be used"),
        ("ann:admin:$scrypt$ln=40,r=8,p=1$AAAA$AAAA", "no hash that can be used"),
        (f"ann:admin:{HASH}\nann:viewer:{HASH}", "line 3: ann is there twice"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path, line, words):
    with pytest.raises(UnusableUsers, match=words):
        parse(tmp_path / "users", f"# users\n{line}\n")


def test_somebody_removed_while_another_is_added_stays_away(users, monkeypatch):
    users.put("bob", Role.ADMIN, PASSWORD)
    hashed = passwords.hashed

    def meanwhile(password):
        Users(users.path).remove("bob")
        return hashed(password)

    monkeypatch.setattr(passwords, "hashed", meanwhile)
    users.put("carol", Role.VIEWER, PASSWORD)
    assert [*Users(users.path).all()] == ["carol"]


def test_many_who_write_at_once_lose_nobody(users, monkeypatch):
    monkeypatch.setattr(passwords, "LOG2_N", 4)
    names = [f"user{n}" for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: Users(users.path).put(name, Role.VIEWER, PASSWORD), names))
    assert {*users.all()} == {*names}
    assert {one.name for one in users.path.parent.iterdir()} == {"users", ".users.lock"}


def test_removing_somebody_unknown_names_those_who_are_there(users):
    users.put("ann", Role.VIEWER, PASSWORD)
    with pytest.raises(UnusableUsers, match=r"'bob' is not in .*; there is ann"):
        users.remove("bob")


def test_the_secret_of_sessions_is_made_once_and_is_private(tmp_path):
    path = tmp_path / "dashboard" / "cookie_secret"
    secret = cookie_secret.load(path)
    assert len(secret) >= cookie_secret.SHORTEST
    assert cookie_secret.load(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["cookie_secret"]


def test_a_short_secret_is_refused(tmp_path):
    path = tmp_path / "secret"
    path.write_text("short\n")
    path.chmod(0o600)
    with pytest.raises(UnusableSecret, match="at least 32 characters"):
        cookie_secret.load(path)
