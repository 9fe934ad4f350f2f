"""Settings come from `batchline.toml` and the environment, and are checked before anything starts.

The file is `BATCHLINE_CONFIG`, else `batchline.toml` in the working folder, else the file that
`batchline up` wrote into the data folder for its sandbox. The environment wins over the file. A
variable's name is `BATCHLINE_` and the key, with `__` between levels, such as
`BATCHLINE_ACCOUNTS__DEFAULT__API_SECRET`.
"""

from __future__ import annotations

import os
import re
import tomllib
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, Union
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from batchline.producers import embedded, settings_checks, settings_errors, settings_variables
from batchline.producers.errors import BadArgument, InvalidSettings, NoRedis, UnknownAccount
from batchline.producers.keys import Keys
from batchline.producers.redis_address import problem
from batchline.producers.settings_checks import problems_of_route
from batchline.producers.settings_dashboard import Dashboard
from batchline.producers.settings_file import DEFAULT_DATA_DIR, config_file, tables, whence
from batchline.producers.settings_shape import key_of
from batchline.producers.settings_sources import Sources
from batchline.producers.settings_watching import Alerts, Metrics
from batchline.systems.account import SECONDS, BaseAccount, Seconds
from batchline.systems.registry import systems
from batchline.systems.section import Masked, Section, spelled

_CERT_REQS = re.compile(r"([?&]ssl_cert_reqs=)([^&#]*)")
#: Variables that cannot be read, while the rest is.
_LEFT_OUT: ContextVar[frozenset[str]] = ContextVar("left_out", default=frozenset())
#: The last database of a Redis with its default of 16.
LAST_DATABASE = 15


def _redis_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = url.startswith(("redis://", "rediss://")) and bool(parts.hostname)
    except ValueError:  # its text may hold a part of the password
        is_address = False
    if not is_address or url != url.strip():
        raise ValueError(
            "must be a redis:// or rediss:// address such as redis://127.0.0.1:6379/0, in lower "
            "case up to ://, without blanks or line breaks around it"
        )
    _check_port(parts)
    if parts.path.strip("/") and not parts.path.strip("/").isdigit():
        raise ValueError("must end in the number of a database, such as /0")
    url = _CERT_REQS.sub(_spelled, url)
    if wrong := problem(url):
        raise ValueError(wrong)
    return url


def _check_port(parts: SplitResult) -> None:
    try:
        _ = parts.port
    except ValueError:  # its text may hold a part of the password
        raise ValueError(
            "must have a number up to 65535 as its port; in a password, / is written %2F, # %23 "
            "and ? %3F"
        ) from None


def _spelled(match: re.Match[str]) -> str:
    """`ssl_cert_reqs` as redis-py spells it; Celery's documents write CERT_REQUIRED."""
    value = match[2].lower().removeprefix("cert_")
    if value not in ("required", "optional", "none"):
        raise ValueError("ssl_cert_reqs must be required, optional or none")
    return match[1] + value


if TYPE_CHECKING:
    Account = BaseAccount
else:
    #: An account is of the class of its system.
    Account = Annotated[
        Union[tuple(system.account for system in systems().values())],  # noqa: UP007
        Field(discriminator="system"),
    ]

RedisUrl = Annotated[str, AfterValidator(_redis_url)]
KeyPrefix = Annotated[
    str,
    spelled(
        "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
        "1 to 64 letters, digits, `_`, `-` and `.`, without blanks, a letter or digit first",
    ),
]
MonitorSlug = Annotated[
    str,
    spelled(
        "([a-z0-9][a-z0-9_-]{0,49})?",
        "empty, or up to 50 lower-case letters, digits, `_` and `-`, a letter or digit first",
    ),
]
AccountName = Annotated[
    str,
    spelled(
        "[a-z0-9][a-z0-9_-]*",
        "a name of lower-case letters, digits, `_` and `-`, a letter or digit first",
    ),
]


class Routes(Section):
    """Neutral type -> the accounts that get a copy of each message without named accounts."""

    contact: tuple[str, ...] = ()
    event: tuple[str, ...] = ()


class EnqueuePause(Section):
    """How long a process leaves Redis alone after a call that it did not answer, in seconds.

    `first` after the first failed call, and `factor` times as long after each further one.
    """

    #: 0: no pause.
    first: Annotated[float, Field(ge=0, le=60), SECONDS] = 0.5
    factor: Annotated[float, Field(ge=1, le=10)] = 2.0
    max: Annotated[float, Field(gt=0, le=300), SECONDS] = 5.0

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if self.first > self.max:
            raise ValueError(f"first = {self.first:g} is longer than max = {self.max:g}")
        return self


class Settings(Masked, BaseSettings):
    """Everything that can be set. `Settings.load()` reads it; `repr` masks the secrets."""

    model_config = SettingsConfigDict(
        env_prefix="BATCHLINE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        nested_model_default_partial_update=True,
    )

    #: The Redis that holds the lanes; absent: the embedded server of `data_dir`.
    redis_url: RedisUrl | None = None
    #: The Redis of Celery; absent: the lanes' server (its next database).
    broker_url: RedisUrl | None = None
    #: The file (PEM) or folder with the CAs that sign the certificates of Redis and of the broker;
    #: absent: SSL_CERT_FILE and the like, else the usual CAs.
    redis_ca_file: Path | None = None
    data_dir: Path = DEFAULT_DATA_DIR
    #: The beginning of every key in Redis, the broker's too: staging and production can share a
    #: server. Applications and workers must have the same.
    key_prefix: KeyPrefix = "batchline"
    accounts: dict[AccountName, Account] = {}
    routes: Routes = Routes()
    #: Seconds that an enqueueing call may wait for Redis, repeats included.
    enqueue_timeout: Seconds = 1.0
    #: For how long further calls of the process fail at once, after one that got no answer.
    enqueue_pause: EnqueuePause = EnqueuePause()
    #: Replicas that must confirm a message before an enqueueing call returns (`NotReplicated` if
    #: too few do); 0: none, a message on the master is accepted.
    wait_replicas: Annotated[int, Field(ge=0, le=100)] = 0
    #: Seconds that the call waits for these replicas, on top of `enqueue_timeout`.
    wait_timeout: Annotated[float, Field(ge=0.001, le=60), SECONDS] = 1.0
    #: Seconds for which a second send with the same idempotency key returns the first id.
    idempotency_window: Annotated[int, Field(ge=1), SECONDS] = 86_400
    #: Seconds that a worker waits for an answer of Redis or of the broker. Then the connection
    #: counts as lost, and the worker opens another.
    redis_timeout: Annotated[float, Field(ge=1, le=60), SECONDS] = 10.0
    #: Seconds between two looks of a worker at the due lanes.
    dispatch_every: Annotated[float, Field(ge=0.01, le=10), SECONDS] = 0.2
    #: Seconds that one Celery task goes on with the batches of one lane.
    deliver_budget: Seconds = 30.0
    #: Seconds after which a lane that is due and has not moved is told to people; and after which a
    #: burst of dead letters is over when no more of them came.
    stall_after: Seconds = 600.0
    #: About how many batches the journal remembers.
    journal_length: Annotated[int, Field(ge=100)] = 100_000
    #: About how many seconds the journal remembers a batch.
    journal_age: Seconds = 1_209_600.0
    #: About how many results are kept for the application to read (`batchline.results`).
    results_length: Annotated[int, Field(ge=100)] = 100_000
    #: How many of its last requests are kept of each account, masked, for people to look at
    #: (`batchline requests`); 0: none.
    keep_requests: Annotated[int, Field(ge=0, le=1000)] = 100
    #: What happens to a message for a contact of the suppression list: "refuse" raises Suppressed,
    #: "drop" enqueues nothing, and says nothing.
    suppressed: Literal["refuse", "drop"] = "refuse"
    metrics: Metrics = Metrics()
    alerts: Alerts = Alerts()
    #: Sentry receives troubles and unexpected errors of workers when set; never payloads.
    sentry_dsn: SecretStr | None = None
    #: Seconds in which Sentry gets one event at most of each account, operation and reason.
    sentry_every: Seconds = 300.0
    #: The slug of the monitor in Sentry where workers check in once a minute; "": none.
    sentry_monitor: MonitorSlug = "batchline"
    #: The share of batches that begin a trace of their own, in Sentry and OpenTelemetry; one with
    #: a message of a sampled trace goes on with that, whatever the share.
    traces_sample_rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    #: How workers write their log: "json", "text", or "auto": text on a terminal, else JSON.
    log_format: Literal["auto", "json", "text"] = "auto"
    dashboard: Dashboard = Dashboard()

    #: Where they were read from, in a sentence.
    _whence: str = PrivateAttr("")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        left_out = {name.lower() for name in _LEFT_OUT.get()}
        if left_out and isinstance(env_settings, EnvSettingsSource):
            read = env_settings.env_vars.items()
            env_settings.env_vars = {name: value for name, value in read if name not in left_out}
        file = config_file()
        return init_settings, env_settings, InitSettingsSource(settings_cls, tables(file))

    @field_validator("routes")
    @classmethod
    def _lead_somewhere(cls, routes: Routes, info: ValidationInfo) -> Routes:
        accounts: dict[str, Account] | None = info.data.get("accounts")
        if accounts is None:  # they are refused themselves; `_all_at_once` looks at the routes
            return routes
        classes = {name: type(account) for name, account in accounts.items()}
        problems = [
            one for name, named in routes for one in problems_of_route(name, named, classes)
        ]
        if problems:
            raise ValueError("\n".join(problems))
        return routes

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Tell of several mistakes at once, also of those that others hide."""
        try:
            return handler(values)
        except ValidationError as error:
            raise settings_checks.whole(values, error) from None

    @classmethod
    def load(cls) -> Settings:
        """The settings of this process. Raises InvalidSettings, which names every unusable key.

        A secret that is not here is no error yet: see `require_secrets`.
        """
        file = config_file()
        lines = settings_variables.unknown(cls) + settings_variables.caseless()
        settings, found = cls._read(file)
        lines += found
        if lines or settings is None:
            raise settings_errors.refused(lines, file)
        settings._whence = whence(file)
        for name, account in settings.accounts.items():
            account.warn_of_settings(name)
        return settings

    @classmethod
    def _read(cls, file: Path | None) -> tuple[Settings | None, list[str]]:
        """The settings, or what cannot be used; without the variables that cannot be read."""
        lines: list[str] = []
        left_out: set[str] = set()
        while True:
            token = _LEFT_OUT.set(frozenset(left_out))
            try:
                return cls(), lines
            except SettingsError as error:
                name, line = settings_variables.unreadable(cls, error, left_out)
                lines.append(line)
                if name:
                    left_out.add(name)
                    continue
            except ValidationError as error:
                sources = Sources(file, os.environ)
                lines += settings_errors.problems(cls, error, sources, left_out)
            except tomllib.TOMLDecodeError as error:
                lines.append(f"{file} is not valid TOML: {error}")
            except OSError as error:
                lines.append(f"{file} cannot be read: {error.strerror or error}")
            except UnicodeDecodeError as error:
                lines.append(f"{file} cannot be read: {error}")
            finally:
                _LEFT_OUT.reset(token)
            return None, lines

    @cached_property
    def keys(self) -> Keys:
        """The keys in Redis, under this prefix."""
        return Keys(self.key_prefix)

    def account(self, name: str) -> Account:
        """The account of that name.

        Raises UnknownAccount, which lists the known ones, or BadArgument.
        """
        if not isinstance(name, str):
            raise BadArgument("account must be a text: the name of an account in the settings")
        try:
            return self.accounts[name]
        except KeyError:
            raise UnknownAccount(name, list(self.accounts), self._whence) from None

    def require_secrets(self, *names: str) -> None:
        """Raise InvalidSettings when a secret of these accounts, or of any, is not here.

        Whoever calls the APIs asks for it; enqueueing needs no secret.
        """
        lines = [
            f"accounts.{key_of([name])}.{problem}"
            for name in names or self.accounts
            for problem in self.account(name).absent_secrets().values()
        ]
        if lines:
            raise InvalidSettings(
                "a secret that calling the API needs is not here:\n  " + "\n  ".join(lines)
            )

    def whence(self) -> str:
        """Where the settings come from, in a sentence; "" where they were not read."""
        return self._whence

    def has_results(self) -> bool:
        """Whether the application is told what became of messages of any operation."""
        accounts = self.accounts.values()
        return any(own.results for account in accounts for own in account.operations.values())

    def lanes_url(self) -> str:
        """The address of the Redis that holds the lanes. Raises NoRedis when there is none."""
        url = self.redis_url or embedded.find(self.data_dir)
        if url is None:
            raise NoRedis(self.data_dir)
        return url

    def celery_url(self) -> str:
        """The address of Celery's broker: the lanes' server with the next database by default."""
        if self.broker_url:
            return self.broker_url
        parts = urlsplit(self.lanes_url())
        database = int(parts.path.strip("/") or 0)
        if database == LAST_DATABASE:
            raise InvalidSettings(
                f"broker_url: is needed, for redis_url takes the last database ({LAST_DATABASE})"
            )
        return parts._replace(path=f"/{database + 1}").geturl()


def settings_or_those_in_force(settings: Settings | None) -> Settings:
    """The settings that a call is given, else those in force. Raises BadArgument."""
    if settings is not None and not isinstance(settings, Settings):
        raise BadArgument("settings must be a Settings, such as Settings.load() gives")
    return settings or Settings.load()
