"""Mistakes of the settings: all at once, with the variable, and with where a key belongs."""

from __future__ import annotations

import pytest

from batchline.producers.errors import InvalidSettings
from batchline.producers.settings import Settings

#: Without the keys that each test adds.
SALESMANAGO = """
[accounts.default]
system = "salesmanago"
url = "https://app2.salesmanago.com"
client_id = "id"
api_key = "key"
"""
GOOD = f'{SALESMANAGO}owner = "admin@vendor.pl"\napi_secret = "the-secret"\n'
WEBHOOK = '\n[accounts.crm]\nsystem = "webhook"\nurl = "https://crm.example/hook"\n'


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The lines of the refusal of these settings."""
    monkeypatch.chdir(tmp_path)

    def told(text, **environment):
        (tmp_path / "batchline.toml").write_text(text)
        for name, value in environment.items():
            monkeypatch.setenv(f"BATCHLINE_{name}", value)
        with pytest.raises(InvalidSettings) as refused:
            Settings.load()
        assert "the-secret" not in str(refused.value)
        return [line.strip() for line in str(refused.value).splitlines()[1:]]

    return told


def some(lines, *beginnings):
    """Whether there is a line for each beginning, and no other line."""
    return len(lines) == len(beginnings) and all(
        any(line.startswith(beginning) for line in lines) for beginning in beginnings
    )


# All at once


def test_a_field_its_account_and_the_routes_are_told_together(told):
    lines = told(
        f"""{SALESMANAGO}
ownr = "admin@vendor.pl"
lease = 20
operations."event.add" = {{batch_size = 5000}}
[routes]
contact = ["defalt"]
event = ["default", "default"]
"""
    )
    assert some(
        lines,
        "accounts.default.ownr: there is no such setting; did you mean owner?",
        "accounts.default.owner: is missing",
        "accounts.default: lease = 20 is shorter than the timeouts",
        'accounts.default: operations."event.add".batch_size = 5000 is above',
        "routes: contact: account 'defalt' is not in the settings (known: default)",
        "routes: event: an account is named twice",
    )


def test_every_account_is_looked_at_as_a_whole_whatever_is_wrong_with_others(told):
    lines = told(
        f"{GOOD}max_age = 0\n{WEBHOOK}replay = {{every = 9, until = 3}}\n"
        '[routes]\nevent = ["crm"]\n'
    )
    assert some(
        lines,
        "accounts.default.max_age: must be more than 0",
        "accounts.crm: replay.every is longer than replay.until",
        "routes: event: account 'crm': webhook takes no event of ours",
    )


def test_what_depends_on_an_unusable_value_is_not_guessed(told):
    lines = told(f'{GOOD}lease = 20\ntimeout = {{read = "short"}}\n')
    assert some(lines, "accounts.default.timeout.read: must be a number of seconds")


def test_a_route_to_an_account_of_an_unknown_system_is_no_mistake_of_the_route(told):
    lines = told('[accounts.crm]\nsystem = "mailcow"\n[routes]\ncontact = ["crm"]\n')
    assert some(lines, "accounts.crm.system: is unknown")


def test_a_secret_given_twice_hides_nothing(told):
    lines = told(f'{GOOD}api_secret_file = "/run/secrets/api"\nmax_ag = 1\nlease = 1\n')
    assert some(
        lines,
        "accounts.default.api_secret: is given, and api_secret_file too: one of the two",
        "accounts.default.max_ag: there is no such setting; did you mean max_age?",
        "accounts.default: lease = 1 is shorter",
    )


def test_variables_that_cannot_be_read_are_told_beside_everything_else(told):
    lines = told(
        f"stall_after = 0\n{GOOD}",
        ROUTES__CONTACT="default",
        ROUTES__EVENT="default",
        ACCOUNTS__DEFAULT__TIMEOUT="5",
        REDIS_ULR="redis://h",
    )
    assert some(
        lines,
        "BATCHLINE_REDIS_ULR: there is no such setting",
        "BATCHLINE_ROUTES__CONTACT: a list is written as JSON",
        "BATCHLINE_ROUTES__EVENT: a list is written as JSON",
        "accounts.default.timeout: must be a table",
        "stall_after: must be more than 0 seconds",
    )


def test_nothing_is_said_of_what_an_unreadable_variable_may_hold(told):
    lines = told('[routes]\ncontact = ["shop"]\n', ACCOUNTS="{shop}")
    assert some(lines, "BATCHLINE_ACCOUNTS: a variable that names a whole section must be a JSON")


# The variable


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("ENQUEUE_TIMEOUT", "-1", "enqueue_timeout: must be more than 0 seconds"),
        ("ACCOUNTS__DEFAULT__LIMITS__CONCURRENT", "x", "accounts.default.limits.concurrent: must"),
        ("ACCOUNTS__DEFAULT__OWNR", "x", "accounts.default.ownr: there is no such setting"),
        ("ACCOUNTS__DEFAULT__TIMEOUT__READ", "99", "accounts.default: lease = 60 is shorter"),
        (
            "ACCOUNTS__DEFAULT__OPERATIONS__EVENT_ADD__BATCH_SIZE",
            "5000",
            'accounts.default: operations."event.add".batch_size = 5000 is above',
        ),
        ("ROUTES__CONTACT", '["shop"]', "routes: contact: account 'shop' is not in the settings"),
        ("ACCOUNTS__DEFAULT__SYSTEM", "mailcow", "accounts.default.system: is unknown"),
        ("ACCOUNTS__DEFAULT__TIMEOUT", '{"read": 0}', "accounts.default.timeout.read: must be"),
    ],
)
def test_a_mistake_in_a_variable_names_the_variable(told, name, value, line):
    (only,) = told(GOOD, **{name: value})
    assert only.startswith(line)
    assert only.endswith(f"(set by BATCHLINE_{name})")


def test_a_mistake_in_the_file_names_no_variable(told):
    (only,) = told(f"stall_after = 0\n{GOOD}", ENQUEUE_TIMEOUT="2", ACCOUNTS__DEFAULT__LEASE="90")
    assert "BATCHLINE_" not in only


# Where a key belongs


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            'redis_url = "redis://h/0"',
            "accounts.default.redis_url: `redis_url` stands below [accounts.default]; top-level "
            "keys go above the first table",
        ),
        (
            "[accounts.default.timeout]\nread = 5\nstall_after = 9",
            "accounts.default.timeout.stall_after: `stall_after` stands below "
            "[accounts.default.timeout]; top-level keys go above the first table",
        ),
        (
            '[accounts.default.operations."event.add"]\nlinger = 5\nlease = 90',
            'accounts.default.operations."event.add".lease: `lease` stands below '
            '[accounts.default.operations."event.add"]; it goes right below [accounts.default], '
            "above the next header",
        ),
        (
            "[routes]\njournal_length = 500",
            "routes.journal_length: `journal_length` stands below [routes]; top-level keys go",
        ),
    ],
)
def test_a_key_that_stands_below_the_wrong_header_is_told_where_it_goes(told, text, line):
    (only,) = told(f"{GOOD}{text}\n")
    assert only.startswith(line)


def test_a_key_of_accounts_that_stands_at_the_top_is_told_to_go_below_a_header(told):
    (only,) = told(f"lease = 90\n{GOOD}")
    assert only == "lease: there is no such setting here: `lease` goes below [accounts.NAME]"


def test_a_misplaced_key_in_a_variable_is_told_by_the_variable_that_is_meant(told):
    (only,) = told(GOOD, ACCOUNTS__DEFAULT__KEY_PREFIX="shop")
    assert "`key_prefix` is set by BATCHLINE_KEY_PREFIX" in only
