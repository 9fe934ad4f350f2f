"""Settings: what is accepted, what is refused, and how the refusal reads."""

import pytest

from batchline.producers.errors import InvalidSettings, NoRedis, UnknownAccount
from batchline.producers.settings import Settings
from batchline.producers.settings_sources import Sources

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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONTACT_UPSERT__LINGER", "9"),
        ("CONTACT_UPSERT", '{"linger": 9}'),
    ],
)
def test_a_variable_leaves_the_other_keys_of_the_operation_as_the_file_has_them(load, name, value):
    settings = load(
        f"""{ACCOUNT}
[accounts.default.operations."contact.upsert"]
linger = 4
partitions = 6
results = true
[accounts.default.operations."event.add"]
ambiguous = "hold"
""",
        **{f"BATCHLINE_ACCOUNTS__DEFAULT__OPERATIONS__{name}": value},
    ).account("default")
    upsert = settings.operation("contact.upsert")
    assert (upsert.linger, upsert.partitions, upsert.results) == (9, 6, True)
    assert settings.operation("event.add").ambiguous == "hold"


def test_a_variable_that_holds_no_section_of_an_operation_is_refused_and_the_file_is_not_taken(
    load,
):
    section = '[accounts.default.operations."event.add"]\nlinger = 4\n'
    with pytest.raises(InvalidSettings, match=r"event\.add.* must be a"):
        load(ACCOUNT + section, BATCHLINE_ACCOUNTS__DEFAULT__OPERATIONS__EVENT_ADD="many")


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
        (("api_key", "lease = 35.5\napi_key"), "lease = 35.5 is shorter than the timeouts"),
        (("api_key", "timeout = {read = 0}\napi_key"), "accounts.default.timeout.read"),
        (("api_key", "timeout = {reed = 3}\napi_key"), "timeout.reed: there is no such setting"),
        (
            ("api_key", 'operations."event.ad" = {linger = 1}\napi_key'),
            'operations."event.ad" is no operation of salesmanago; did you mean event.add?',
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


#: A name with a dot that is written without quotes, and then what to write.
EVENT_ADD = 'write [accounts.default.operations."event.add"]: the name has a dot'


@pytest.mark.parametrize(
    "text",
    [
        "[accounts.default.operations.event.add]\nlinger = 1",
        "[accounts.default.operations]\nevent.add = {linger = 1}",
    ],
)
def test_an_operation_that_is_written_without_quotes_is_told_with_them(load, text):
    with pytest.raises(InvalidSettings) as refused:
        load(f"{ACCOUNT}\n{text}\n")
    assert EVENT_ADD in str(refused.value)


def test_an_operation_with_its_dot_as_two_levels_of_a_variable_is_told_how_it_is_written(load):
    with pytest.raises(InvalidSettings, match="in the environment: OPERATIONS__EVENT_ADD"):
        load(BATCHLINE_ACCOUNTS__DEFAULT__OPERATIONS__EVENT__ADD__LINGER="3")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('redis_ulr = "redis://h"', "redis_ulr: there is no such setting; did you mean redis_url?"),
        (
            "journal_lenght = 5",
            "journal_lenght: there is no such setting; did you mean journal_",
        ),
        ('kafka = "x"', "kafka: there is no such setting\n"),
        ("stall_after = 0", "stall_after: must be more than 0 seconds\n"),
        ("redis_timeout = 61", "redis_timeout: must be at most 60 seconds\n"),
        ('dispatch_every = "often"', "dispatch_every: must be a number of seconds\n"),
        ("journal_length = 5", "journal_length: must be at least 100\n"),
        ("results_length = 5", "results_length: must be at least 100\n"),
        ("wait_replicas = 1.5", "wait_replicas: must be a whole number\n"),
        ("enqueue_pause = {first = 9}", "enqueue_pause: first = 9 is longer than max = 5"),
        ('key_prefix = "my shop"', "key_prefix: must be 1 to 64 letters, digits, `_`, `-` and `.`"),
        ('routes.contact = "default"', 'routes.contact: must be a list, such as ["default", "es"]'),
        ("routes = 3", "routes: must be a table, such as {contact = ..., event = ...}\n"),
        ('accounts."A 1".owner = "x"', 'accounts."A 1": must be a name of lower-case letters'),
    ],
)
def test_what_a_key_of_the_top_must_be_is_told_in_words(load, text, told):
    with pytest.raises(InvalidSettings) as refused:
        load(f"{text}\n{ACCOUNT}")
    assert told in f"{refused.value}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("timeout = 40", "default.timeout: must be a table, such as {connect = 5, read = 30}\n"),
        ("limits = 2", "default.limits: must be a table, such as {per_second = ..., per_minute ="),
        (
            "timeout = {reed = 3}",
            "timeout.reed: there is no such setting; did you mean read?",
        ),
        (
            "api_secrt_file = 1",
            "api_secrt_file: there is no such setting; did you mean api_secret",
        ),
        ("jobs = {hosts = ['a/b']}", "default.jobs.hosts.0: must be a host, such as files.example"),
        ("jobs = {hosts = 'a'}", 'default.jobs.hosts: must be a list, such as ["files.example"]\n'),
        ('events_path = "/v9"', "default.events_path: must be a path below /api/\n"),
        ("max_age = inf", "default.max_age: must be a finite number of seconds\n"),
        (
            'operations."event.add" = {linger = -1}',
            'accounts.default.operations."event.add".linger: must be at least 0 seconds\n',
        ),
        (
            'operations."event.add" = {batch_bytes = 7}',
            'operations."event.add".batch_bytes: must be at least 10,000 bytes\n',
        ),
        (
            "mapping.contact = {shoe.size = 'detail:1'}",
            "mapping.contact.shoe: must be a text in quotes, and no table: a name with a dot",
        ),
    ],
)
def test_what_a_key_of_an_account_must_be_is_told_in_words(load, text, told):
    with pytest.raises(InvalidSettings) as refused:
        load(f"{ACCOUNT}{text}\n")
    assert told in f"{refused.value}\n"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ROUTES__CONTACT", "default,es", """ROUTES__CONTACT='["default", "es"]'"""),
        ("ROUTES__EVENT", '"default"', """ROUTES__EVENT='["default", "es"]'"""),
        ("ACCOUNTS__DEFAULT__JOBS__HOSTS", "a,b", """JOBS__HOSTS='["files.example"]'"""),
    ],
)
def test_a_list_in_a_variable_is_told_to_be_json(load, name, value, told):
    with pytest.raises(InvalidSettings) as refused:
        load(**{f"BATCHLINE_{name}": value})
    assert "a list is written as JSON: BATCHLINE_" in str(refused.value)
    assert told in str(refused.value)


def test_a_list_in_a_variable_as_the_document_writes_it_is_taken(load):
    other = ACCOUNT.replace("accounts.default", "accounts.sm")
    settings = load(ACCOUNT + other, BATCHLINE_ROUTES__CONTACT='["default", "sm"]')
    assert settings.routes.contact == ("default", "sm")


@pytest.mark.parametrize("name", ["ROUTES", "ACCOUNTS", "ACCOUNTS__DEFAULT__TIMEOUT"])
def test_a_section_in_a_variable_is_told_to_be_an_object_or_single_keys(load, name):
    with pytest.raises(InvalidSettings, match=f"BATCHLINE_{name}: .* must be a JSON object"):
        load(**{f"BATCHLINE_{name}": "hush-hush"})


MAPPING = "BATCHLINE_ACCOUNTS__DEFAULT__MAPPING"


@pytest.mark.parametrize(
    ("rest", "value", "told"),
    [
        ("EVENT_TYPES__CART", "OTHER", "[accounts.default.mapping.event_types]"),
        ("EVENT_TYPES__my__type", "OTHER", """EVENT_TYPES='{"my__type": "..."}'"""),
        ("CONTACT__loyaltyLevel", "property:level", "[accounts.default.mapping.contact]"),
        ("Event__Coupon", "detail:2", """MAPPING__Event='{"Coupon": "..."}'"""),
    ],
)
def test_a_variable_for_a_key_whose_case_counts_is_refused_with_where_to_write_it(
    load, rest, value, told
):
    with pytest.raises(InvalidSettings) as refused:
        load(**{f"{MAPPING}__{rest}": value})
    assert f"{MAPPING}__{rest}: a variable's name has no upper and lower case" in str(refused.value)
    assert told in str(refused.value)


def test_a_mapping_in_variables_is_a_field_in_lower_case_or_a_json_table(load):
    names = {"EVENT_TYPES": '{"Cart left": "CART"}', "CONTACT__SHOE_SIZE": "property:size"}
    mapping = (
        load(**{f"{MAPPING}__{name}": text for name, text in names.items()})
        .account("default")
        .mapping
    )
    assert mapping.event_types == {"Cart left": "CART"}
    assert mapping.contact == {"shoe_size": "property:size"}


def test_a_misspelt_environment_variable_names_the_one_that_is_meant(load):
    with pytest.raises(InvalidSettings, match="did you mean BATCHLINE_REDIS_URL"):
        load(BATCHLINE_REDIS_ULR="redis://x")


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


@pytest.mark.parametrize("key", ["redis_url", "broker_url"])
@pytest.mark.parametrize(
    ("url", "told"),
    [
        (r"\trediss://h/0", "without blanks"),
        (r"redis://h:6379/0\n", "without blanks"),
        ("Redis://h/0", "in lower case"),
        ("redis://[::1/0", "must be a redis"),
        ("redis://h:70000/0", "must have a number up to 65535"),
        ("redis://ann:hush/hush@h:6379/0", "/ is written %2F"),
        ("redis://h/0?socket_timeout=soon", "has socket_timeout= behind its ?"),
        ("redis://h/0?socket_connect_timeout=0", "must be a number of at least 0.001"),
        ("redis://h/0?health_check_interval=-1", "must be a number of at least 0"),
        ("redis://h/0?socket_read_size=0", "has socket_read_size= behind its ?"),
        ("redis://h/0?single_connection_client=1", "has the option single_connection_client"),
        ("redis://h/0?db=1&retry=3", "has the option retry behind its ?"),
        ("redis://h/0?cache_config=x", "has the option cache_config behind its ?"),
        ("redis://h/0?protocol=9", "option behind its ?"),
        ("redis://h/0?timeout=3", "has an option behind its ? that Batchline does not take"),
        ("redis://ann:1?hush=2", "has an option behind its ?"),
    ],
)
def test_an_address_that_would_fail_at_the_first_send_is_refused_at_the_start(load, key, url, told):
    with pytest.raises(InvalidSettings) as refused:
        load(f'{key} = "{url}"\n{ACCOUNT}')
    assert f"{key}: " in str(refused.value)
    assert told in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:pass word@h:6379/0?protocol=3",
        "redis://h/0?username=ann&password=p&socket_timeout=2&health_check_interval=5",
        "rediss://h/0?ssl_cert_reqs=CERT_NONE&ssl_check_hostname=false",
        "redis://h/0?decode_responses=True&encoding=utf-16&retry_on_timeout=1&max_connections=1",
    ],
)
def test_an_address_with_options_that_redis_py_knows_is_taken(load, url):
    assert load(f'redis_url = "{url}"\n{ACCOUNT}').lanes_url().startswith(url[:12])


def test_a_file_that_is_not_utf_8_is_refused(load, tmp_path, monkeypatch):
    (tmp_path / "other.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidSettings, match="cannot be read"):
        load(BATCHLINE_CONFIG="other.toml")


def test_a_byte_order_mark_is_no_part_of_the_settings(load, tmp_path):
    (tmp_path / "marked.toml").write_text(ACCOUNT, encoding="utf-8-sig")
    settings = load(BATCHLINE_CONFIG="marked.toml")
    assert settings.account("default").api_secret.get_secret_value() == "the-secret"
    assert Sources(tmp_path / "marked.toml", {}).of(("accounts", "default", "url"))


@pytest.mark.parametrize("line_end", ["", "\n", "\r\n"])
def test_a_byte_order_mark_is_no_part_of_a_secret(load, tmp_path, line_end):
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbffrom-notepad" + line_end.encode())
    text = ACCOUNT.replace('api_secret = "the-secret"', 'api_secret_file = "secret"')
    account = load(text).account("default")
    assert account.api_secret.get_secret_value() == "from-notepad"


def test_a_byte_order_mark_is_no_part_of_the_address_of_alerts(load, tmp_path):
    (tmp_path / "hook").write_text("https://hooks.example/T0\n", encoding="utf-8-sig")
    settings = load(f'{ACCOUNT}[alerts]\nurl_file = "hook"\n')
    assert settings.alerts.address() == "https://hooks.example/T0"


def test_secrets_are_not_in_the_repr(load):
    assert "the-secret" not in repr(load())
