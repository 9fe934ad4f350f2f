"""Settings: what is accepted, what is refused, and how the refusal reads."""

import pytest

from batchline.producers.errors import InvalidSettings, NoRedis, UnknownAccount
from batchline.producers.settings import Settings

ACCOUNT = """
[accounts.default]
system = "salesmanago"
url = "https://app2.salesmanago.com"
client_id = "id"
api_key = "key"
api_secret = "the-secret"
owner = "admin@vendor.pl"
"""


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def load(text=ACCOUNT, **environment):
        (tmp_path / "batchline.toml").write_text(text)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Settings.load()

    return load


def test_the_documented_shape_is_read(load):
    settings = load(
        'redis_url = "redis://127.0.0.1:6379/0"\nbroker_url = "redis://127.0.0.1:6379/1"\n'
        + ACCOUNT
        + """
timeout = {connect = 5, read = 30}
backoff = {first = 1, factor = 2, max = 300}
replay = {every = 300, until = 3600}
max_age = 259200

[accounts.default.operations."event.add"]
linger = 2.0
batch_size = 1000
batch_bytes = 4000000
partitions = 1
"""
    )
    operation = settings.account("default").operation("event.add")
    assert (operation.linger, operation.batch_size, operation.partitions) == (2.0, 1000, 1)


def test_the_environment_wins_over_the_file(load):
    settings = load(BATCHLINE_ACCOUNTS__DEFAULT__OWNER="other@vendor.pl")
    assert settings.account("default").owner == "other@vendor.pl"
    assert settings.account("default").client_id == "id"


def test_an_operation_can_be_set_in_the_environment_without_a_dot(load):
    settings = load(BATCHLINE_ACCOUNTS__DEFAULT__OPERATIONS__EVENT_ADD__LINGER="7")
    assert settings.account("default").operation("event.add").linger == 7


def test_a_secret_can_stand_in_a_file(load, tmp_path):
    (tmp_path / "secret").write_text("from-file\n")
    text = ACCOUNT.replace('api_secret = "the-secret"', 'api_secret_file = "secret"')
    account = load(text).account("default")
    assert account.api_secret.get_secret_value() == "from-file"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("owner = ", "ownr = "), "accounts.default.ownr: there is no such setting"),
        (('owner = "admin@vendor.pl"', ""), "accounts.default.owner: is missing"),
        (('"https://app2', '"ftp://app2'), "accounts.default.url: must be an http"),
        (('system = "salesmanago"', 'system = "mailchimp"'), "accounts.default.system"),
        (('api_secret = "the-secret"', 'api_secret = ""'), "api_secret: must not be empty"),
        (
            ('api_secret = "the-secret"', 'api_secret_file = "/no/such/file"'),
            "api_secret_file: /no/such/file: No such file",
        ),
        (("api_key", "lease = 35.5\napi_key"), "lease = 35.5 is shorter than the timeouts"),
        (("api_key", "timeout = {read = 0}\napi_key"), "accounts.default.timeout.read"),
        (("api_key", "timeout = {reed = 3}\napi_key"), "timeout.reed: there is no such setting"),
        (
            ("api_key", 'operations."event.ad" = {linger = 1}\napi_key'),
            "'event.ad' is no operation of salesmanago",
        ),
        (
            ("api_key", 'operations."event.add" = {batch_size = 1001}\napi_key'),
            "batch_size = 1001 is above the limit of 1000",
        ),
        (("[accounts.default]", 'redis_url = "http://x"\n[accounts.default]'), "redis_url: must"),
        (("[accounts.default]", "[accounts.Default]"), "accounts.Default"),
        (("[accounts.default]", "[accounts.default"), "is not valid TOML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_key(load, change, told):
    with pytest.raises(InvalidSettings) as refused:
        load(ACCOUNT.replace(*change))
    assert told in str(refused.value)
    assert "the-secret" not in str(refused.value)


def test_an_unknown_environment_variable_is_refused_by_name(load):
    with pytest.raises(InvalidSettings, match="BATCHLINE_REDIS_ULR"):
        load(BATCHLINE_REDIS_ULR="redis://x")


def test_a_config_file_that_is_not_there_is_named(load):
    with pytest.raises(InvalidSettings, match=r"BATCHLINE_CONFIG=nowhere\.toml"):
        load(BATCHLINE_CONFIG="nowhere.toml")


def test_an_unknown_account_names_the_known_ones(load):
    with pytest.raises(UnknownAccount, match="known: default"):
        load().account("shop")


def test_without_any_redis_the_error_says_how_to_start_one(load):
    with pytest.raises(NoRedis, match="batchline up"):
        load().lanes_url()


@pytest.mark.parametrize(
    ("lanes", "celery"),
    [
        ("redis://h:6379/0", "redis://h:6379/1"),
        ("redis://:pw@h:6379/4", "redis://:pw@h:6379/5"),
        ("redis://h:6379", "redis://h:6379/1"),
        ("redis://h:6379/", "redis://h:6379/1"),
        ("rediss://h:6379/0?protocol=3", "rediss://h:6379/1?protocol=3"),
    ],
)
def test_celery_takes_the_next_database_of_the_same_server(load, lanes, celery):
    assert load(f'redis_url = "{lanes}"\n{ACCOUNT}').celery_url() == celery


def test_the_last_database_leaves_no_next_one_for_celery(load):
    with pytest.raises(InvalidSettings, match="broker_url: is needed"):
        load(f'redis_url = "redis://h:6379/15"\n{ACCOUNT}').celery_url()


@pytest.mark.parametrize("url", ["unix:///tmp/redis.sock", "sentinel://h/0", "redis://h/zero"])
def test_a_redis_url_that_would_not_work_is_refused(load, url):
    with pytest.raises(InvalidSettings, match="redis_url: must"):
        load(f'redis_url = "{url}"\n{ACCOUNT}')


def test_a_file_that_is_not_utf_8_is_refused(load, tmp_path, monkeypatch):
    (tmp_path / "other.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidSettings, match="cannot be read"):
        load(BATCHLINE_CONFIG="other.toml")


def test_secrets_are_not_in_the_repr(load):
    assert "the-secret" not in repr(load())
