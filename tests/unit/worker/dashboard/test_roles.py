"""Roles, and what each may do."""

from __future__ import annotations

import pytest

from batchline.worker.dashboard.roles import ACTS, Role, may, named, parse

#: Role -> what it may do.
MAY = {
    Role.VIEWER: set(),
    Role.OPERATOR: {"pause", "resume", "replay", "ask", "seen"},
    Role.ADMIN: {*ACTS},
}


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_this_and_nothing_else(role):
    assert {act for act in ACTS if may(role, act)} == MAY[role]


def test_nobody_may_nothing_and_an_unknown_act_needs_an_admin():
    assert not any(may(None, act) for act in ACTS)
    assert [role for role in Role if may(role, "something new")] == [Role.ADMIN]


def test_a_name_has_the_role_of_the_settings_else_that_of_everybody_else_else_the_least():
    roles = {"ann": "admin", "*": "operator"}
    assert named(roles, "ann") is Role.ADMIN
    assert named(roles, "bob") is Role.OPERATOR
    assert named({}, "bob") is Role.VIEWER


def test_a_role_is_read_as_it_is_written():
    assert [parse(role.word) for role in Role] == list(Role)
