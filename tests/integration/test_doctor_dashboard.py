"""`batchline doctor dashboard`: who gets in is told, and what would let nobody in, or everybody."""

from __future__ import annotations

import pytest

from batchline.worker.dashboard import access, checkup
from batchline.worker.dashboard.roles import Role
from batchline.worker.dashboard.users import Users
from batchline.worker.doctor.finding import Setup

PASSWORD = "a long pass phrase"


@pytest.fixture
def users(stack):
    return Users(access.users_file(stack.settings))


def findings(stack):
    setup = Setup(is_offline=True, settings=stack.settings)
    return [(one.mark, one.text, one.fix) for one in checkup.look(setup)]


def test_without_a_login_it_says_that_only_this_machine_is_let_in(stack):
    ((mark, text, _),) = findings(stack)
    assert (mark, text) == (
        "well",
        "no login is configured: Flower listens on this machine alone",
    )


def test_an_address_for_others_without_a_login_is_wrong_and_the_fix_adds_a_user(stack, monkeypatch):
    monkeypatch.setenv("FLOWER_ADDRESS", "0.0.0.0")
    ((mark, text, _),) = findings(stack)
    assert mark == "wrong"
    assert "batchline users add NAME --role admin" in text


def test_the_users_are_counted_by_role_and_none_is_named(stack, users):
    users.put("ann", Role.ADMIN, PASSWORD)
    users.put("ben", Role.VIEWER, PASSWORD)
    (_, text, _), (mark, secret, _) = findings(stack)
    assert text == f"the login of {users.path}: 1 viewer, 1 admin"
    assert (mark, "will be made" in secret) == ("well", True)
    assert not access.secret_file(stack.settings).exists()


def test_a_login_with_viewers_alone_is_doubted_for_nobody_can_act(stack, users):
    users.put("ben", Role.VIEWER, PASSWORD)
    assert ("doubtful", "batchline users add NAME --role operator") in [
        (mark, fix) for mark, _, fix in findings(stack)
    ]


def test_a_users_file_that_others_read_is_wrong_and_says_how_to_close_it(stack, users):
    users.put("ann", Role.ADMIN, PASSWORD)
    users.path.chmod(0o644)
    ((mark, text, _),) = findings(stack)
    assert mark == "wrong"
    assert f"chmod 600 {users.path}" in text


def test_a_secret_of_sessions_that_is_too_short_is_wrong_and_never_shown(stack, users):
    users.put("ann", Role.ADMIN, PASSWORD)
    path = access.secret_file(stack.settings)
    path.write_text("short-secret\n")
    path.chmod(0o600)
    told = findings(stack)
    assert told[-1][0] == "wrong"
    assert "at least 32 characters" in told[-1][1]
    assert "short-secret" not in str(told)


def test_basic_auth_is_told_with_the_roles_of_the_settings_and_without_its_password(
    stack, monkeypatch
):
    monkeypatch.setenv("FLOWER_BASIC_AUTH", "ann:hunter2")
    told = findings(stack)
    assert [mark for mark, _, _ in told] == ["well", "doubtful"]
    stack.config.write_text(
        f'dashboard = {{roles = {{ann = "admin"}}}}\n{stack.config.read_text()}'
    )
    told = findings(stack)
    assert told == [("well", "basic auth; [dashboard.roles] names 1 admin", "")]
    assert "hunter2" not in str(told)


def test_the_command_shows_it_with_the_others(stack):
    shown = stack.run("doctor", "dashboard").stdout.decode()
    assert shown.startswith("✓ dashboard   no login is configured")
