"""Settings where an application runs: no secrets, variables of others, and words that help."""

from __future__ import annotations

import pytest

from batchline.producers import Producer
from batchline.producers.errors import InvalidSettings, UnknownAccount
from batchline.producers.settings import Settings

SALESMANAGO = """
[accounts.default]
system = "salesmanago"
url = "https://app3.salesmanago.pl"
client_id = "id"
api_key = "key"
owner = "admin@vendor.pl"
"""
YESPO = """
[accounts.yespo]
system = "esputnik"
"""
#: What Kubernetes sets for a Service `batchline` and one `batchline-redis`.
KUBERNETES = {
    "BATCHLINE_SERVICE_HOST": "10.96.0.17",
    "BATCHLINE_SERVICE_PORT": "5555",
    "BATCHLINE_SERVICE_PORT_FLOWER_HTTP": "5555",
    "BATCHLINE_PORT": "tcp://10.96.0.17:5555",
    "BATCHLINE_PORT_5555_TCP": "tcp://10.96.0.17:5555",
    "BATCHLINE_PORT_5555_TCP_PROTO": "tcp",
    "BATCHLINE_PORT_5555_TCP_PORT": "5555",
    "BATCHLINE_PORT_5555_TCP_ADDR": "10.96.0.17",
    "BATCHLINE_REDIS_SERVICE_HOST": "fd00::17",
    "BATCHLINE_REDIS_PORT": "tcp://[fd00::17]:6379",
    "BATCHLINE_REDIS_PORT_6379_TCP": "tcp://[fd00::17]:6379",
    "BATCHLINE_REDIS_PORT_6379_TCP_ADDR": "fd00::17",
}


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def load(text, **environment):
        (tmp_path / "batchline.toml").write_text(text)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Settings.load()

    return load


# Secrets


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "accounts.default.api_secret: is missing"),
        (
            'api_secret_file = "/run/nowhere/api"',
            "accounts.default.api_secret_file: /run/nowhere/api: No such file or directory",
        ),
        ('api_secret_file = "empty"', "accounts.default.api_secret_file: empty: is empty"),
        ('api_secret_file = "binary"', "accounts.default.api_secret_file: 'binary': is no text"),
        ('api_secret_file = "."', "accounts.default.api_secret_file: .: Is a directory"),
    ],
)
def test_a_secret_that_is_not_here_stops_no_producer_and_is_told_where_it_is_needed(
    load, tmp_path, line, told
):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    settings = load(SALESMANAGO + line)
    Producer(settings).close()
    assert settings.account("default").operation("event.add").linger == 5
    with pytest.raises(InvalidSettings) as refused:
        settings.require_secrets()
    assert told in str(refused.value)


def test_every_secret_that_is_not_here_is_told_at_once(load):
    settings = load(f"{SALESMANAGO}{YESPO}")
    with pytest.raises(InvalidSettings) as refused:
        settings.require_secrets()
    assert "accounts.default.api_secret: is missing" in str(refused.value)
    assert "accounts.yespo.api_key: is missing" in str(refused.value)


def test_only_the_accounts_that_are_called_need_their_secrets(load):
    settings = load(f'{SALESMANAGO}{YESPO}api_key = "key"')
    settings.require_secrets("yespo")
    with pytest.raises(InvalidSettings, match=r"accounts\.default\.api_secret"):
        settings.require_secrets("default")


def test_a_secret_that_may_be_left_out_is_not_missed(load):
    settings = load('[accounts.crm]\nsystem = "webhook"\nurl = "https://crm.example/hook"\n')
    settings.require_secrets()


def test_a_secret_that_is_here_is_read(load, tmp_path):
    (tmp_path / "secret").write_text("hush\n")
    settings = load(f'{SALESMANAGO}api_secret_file = "secret"')
    settings.require_secrets()
    assert settings.account("default").api_secret.get_secret_value() == "hush"


def test_a_secret_that_is_misspelt_is_still_refused(load):
    with pytest.raises(InvalidSettings, match="api_secrt: there is no such setting; did you mean"):
        load(f'{SALESMANAGO}api_secrt = "hush"')


def test_a_secret_given_twice_is_still_refused(load):
    with pytest.raises(
        InvalidSettings, match="api_secret: is given, and api_secret_file too: one of"
    ):
        load(f'{SALESMANAGO}api_secret = "a"\napi_secret_file = "b"')


# The environment


def test_variables_that_kubernetes_sets_for_a_service_of_that_name_stop_nothing(load):
    settings = load(SALESMANAGO, **KUBERNETES)
    assert settings.redis_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BATCHLINE_REDIS_PORT", "6379"),
        ("BATCHLINE_PORT", "5555"),
        ("BATCHLINE_SERVICE_HOST", "redis.shop.example"),
        ("BATCHLINE_SERVICE_PORT", "http"),
        ("BATCHLINE_REDIS_URI", "redis://10.0.0.1:6379/0"),
        ("BATCHLINE_PORT_6379_TCP_PROTO", "6379"),
        ("batchline_service_host", "10.0.0.1"),
    ],
)
def test_a_variable_that_kubernetes_would_not_set_so_is_still_refused(load, name, value):
    with pytest.raises(InvalidSettings, match=f"{name}: there is no such setting"):
        load(SALESMANAGO, **{name: value})


# Several mistakes


def test_mistakes_in_variables_and_in_every_part_of_the_file_are_told_at_once(load):
    text = f"""
journal_lenght = 5
stall_after = 0
{SALESMANAGO}
lease = 3
replay = {{every = 10, until = 5}}
mapping.contact = {{shoe_size = "nonsense"}}
operations."event.ad" = {{linger = 1}}
operations."event.add" = {{batch_size = 5000, ambiguous = "verify"}}
operations."event.update" = {{linger = 1}}
{YESPO}
usr = "x"
"""
    with pytest.raises(InvalidSettings) as refused:
        load(text, BATCHLINE_REDIS_ULR="redis://x", BATCHLINE_KAFKA="x")
    lines = str(refused.value).splitlines()[1:]
    for told in (
        "BATCHLINE_KAFKA: there is no such setting",
        "BATCHLINE_REDIS_ULR: there is no such setting; did you mean BATCHLINE_REDIS_URL?",
        "journal_lenght: there is no such setting",
        "stall_after: must be more than 0 seconds",
        "accounts.default: lease = 3 is shorter",
        "accounts.default: replay.every is longer",
        "accounts.default: mapping.contact.",
        'accounts.default: operations."event.ad" is no operation',
        'accounts.default: operations."event.add".batch_size = 5000 is above',
        'accounts.default: operations."event.update": its messages share',
        "accounts.yespo.usr: there is no such setting; did you mean user?",
    ):
        assert sum(line.strip().startswith(told) for line in lines) == 1, told
    assert len(lines) == 11


# An account that is missing


def test_an_account_that_is_missing_says_which_file_was_read(load, tmp_path):
    settings = load(SALESMANAGO)
    with pytest.raises(UnknownAccount) as told:
        settings.account("crm")
    assert f"The settings are those of {tmp_path / 'batchline.toml'} and of the" in str(told.value)


def test_an_account_that_is_missing_says_where_no_file_was_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BATCHLINE_DATA_DIR", "data")
    settings = Settings.load()
    monkeypatch.chdir("/")
    with pytest.raises(UnknownAccount) as told:
        settings.account("crm")
    files = f"neither {tmp_path / 'batchline.toml'} nor {tmp_path / 'data' / 'batchline.toml'}"
    assert files in str(told.value)
    assert "BATCHLINE_CONFIG can name one" in str(told.value)
