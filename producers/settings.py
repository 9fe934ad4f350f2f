"""Settings: `batchline.toml` and the environment, checked before anything starts.

The file is `BATCHLINE_CONFIG`, else `batchline.toml` in the working folder, else the one that
`batchline up` wrote into the data folder for its sandbox. The environment wins: `BATCHLINE_` and
the key, `__` between levels, as in `BATCHLINE_ACCOUNTS__DEFAULT__API_SECRET`.
"""

from __future__ import annotations

import os
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from producers import embedded
from producers.errors import InvalidSettings, NoRedis, UnknownAccount
from producers.operations import OPERATIONS, Ambiguous

#: Where the embedded server keeps its files, under the working folder.
DEFAULT_DATA_DIR = Path(".batchline")
#: Seconds that a worker needs around one request, beyond the request's own timeouts.
LEASE_MARGIN = 1.0
#: Redis has 16 databases unless it is set otherwise.
LAST_DATABASE = 15

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _http_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest or rest.startswith("/") or " " in url:
        raise ValueError("must be an http:// or https:// address such as https://app2.example.com")
    return url.rstrip("/").removesuffix("/api")


def _redis_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise ValueError("must be a redis:// or rediss:// address such as redis://127.0.0.1:6379/0")
    if parts.path.strip("/") and not parts.path.strip("/").isdigit():
        raise ValueError("must end in the number of a database, such as /0")
    return url


HttpUrl = Annotated[str, AfterValidator(_http_url)]
RedisUrl = Annotated[str, AfterValidator(_redis_url)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Timeout(_Section):
    """Seconds for one HTTP request."""

    connect: Seconds = 5.0
    #: For the whole answer, not for each piece of it.
    read: Seconds = 30.0


class Backoff(_Section):
    """Seconds between tries of a lane whose destination fails; full jitter."""

    first: Seconds = 1.0
    factor: Annotated[float, Field(ge=1, le=10)] = 2.0
    max: Seconds = 300.0


class Replay(_Section):
    """Seconds: how often and how long an event waits for its contact.

    The defaults are the documented replay: v2/contact/addContactExtEvent, "wait 5 minutes ...
    for 1 hour".
    """

    every: Seconds = 300.0
    until: Seconds = 3600.0


class Breaker(_Section):
    """When the lanes of an account stop trying a destination that fails, all together."""

    #: Failed requests in a row that open it.
    streak: Annotated[int, Field(ge=1)] = 5
    #: Share of failed requests in a window that opens it, once it has seen `least` requests.
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    window: Seconds = 60.0
    least: Annotated[int, Field(ge=1)] = 20
    #: Seconds that it stays open; then one request probes.
    open: Seconds = 30.0


class Limits(_Section):
    """Requests to an account, from all workers together; None: no limit."""

    per_second: Annotated[float, Field(ge=0.02)] | None = None
    per_minute: Annotated[float, Field(ge=1)] | None = None
    concurrent: Annotated[int, Field(ge=1)] | None = None


class Jobs(_Section):
    """Seconds: how often and how long a job is asked about (job/status recommends 60)."""

    #: False: what was accepted is taken for delivered, and nothing is asked.
    confirm: bool = True
    poll: Seconds = 60.0
    #: After this the job is reported as unconfirmed.
    until: Seconds = 3600.0


class FloodGuard(_Section):
    """A lane whose messages are mostly rejected is paused instead of emptied."""

    #: Share of rejected messages in a window, once it has seen `least` messages.
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    least: Annotated[int, Field(ge=1)] = 100
    window: Seconds = 300.0


class OperationSettings(_Section):
    """How one operation of one account waits and batches; what is left out has its default."""

    #: Seconds that a lane waits for more messages before a partial batch goes.
    linger: Annotated[float, Field(ge=0, le=3600)] | None = None
    #: Messages taken from the head of the lane at once.
    batch_size: Annotated[int, Field(ge=1)] | None = None
    #: Bytes of payload in one request at most.
    batch_bytes: Annotated[int, Field(ge=10_000)] = 4_000_000
    #: Lanes that share the work, chosen by contact, so that order per contact holds.
    partitions: Annotated[int, Field(ge=1, le=256)] = 1
    #: Messages that may wait in a lane; one more raises LaneFull.
    backlog_limit: Annotated[int, Field(ge=1)] = 1_000_000
    #: What to do when it is not known whether the API took a message.
    ambiguous: Ambiguous | None = None


class EffectiveOperation(_Section):
    """What holds for one operation of one account after defaults."""

    linger: float
    batch_size: int
    batch_bytes: int
    partitions: int
    backlog_limit: int
    ambiguous: Ambiguous = "resend"


class _Account(_Section):
    """What accounts of every system have."""

    system: str
    url: HttpUrl
    timeout: Timeout = Timeout()
    backoff: Backoff = Backoff()
    replay: Replay = Replay()
    #: Seconds after which a message whose destination still fails becomes a dead letter.
    max_age: Seconds = 259_200.0
    #: Seconds that a worker owns a lane without a sign of life.
    lease: Seconds = 60.0
    breaker: Breaker = Breaker()
    limits: Limits = Limits()
    flood_guard: FloodGuard = FloodGuard()
    jobs: Jobs = Jobs()
    #: Seconds after a request without an answer before the API is asked what it took.
    verify_after: Annotated[float, Field(ge=0)] = 10.0
    #: Requests at once for operations that the API takes one by one.
    parallel: Annotated[int, Field(ge=1, le=64)] = 8
    operations: dict[str, OperationSettings] = {}

    @field_validator("operations", mode="before")
    @classmethod
    def _dotted_names(cls, value: Any) -> Any:
        """In the environment, where a dot cannot stand, `EVENT_ADD` means `event.add`."""
        if not isinstance(value, dict):
            return value
        return {
            name if "." in name else str(name).replace("_", ".", 1): settings
            for name, settings in value.items()
        }

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        needed = self.timeout.connect + self.timeout.read + LEASE_MARGIN
        if self.lease < needed:
            raise ValueError(
                f"lease = {self.lease:g} is shorter than the timeouts it must cover: at least "
                f"{needed:g} (timeout.connect + timeout.read + {LEASE_MARGIN:g})"
            )
        if self.replay.every > self.replay.until:
            raise ValueError("replay.every is longer than replay.until")
        own = [name for name, operation in OPERATIONS.items() if operation.system == self.system]
        for name, settings in self.operations.items():
            if name not in own:
                raise ValueError(
                    f"operations.{name!r} is no operation of {self.system}: {', '.join(own)}"
                )
            largest = OPERATIONS[name].largest_batch
            if settings.batch_size is not None and settings.batch_size > largest:
                raise ValueError(
                    f"operations.{name!r}.batch_size = {settings.batch_size} is above the limit "
                    f"of {largest}"
                )
            if settings.ambiguous == "verify" and not OPERATIONS[name].verifiable:
                raise ValueError(
                    f"operations.{name!r}.ambiguous = 'verify': the API cannot be asked what "
                    "became of these; choose hold or resend"
                )
        return self

    @cached_property
    def _effective(self) -> dict[str, EffectiveOperation]:
        return {}

    def operation(self, name: str) -> EffectiveOperation:
        """What holds for an operation: the account's own settings over the operation's defaults."""
        if name not in self._effective:
            self._effective[name] = self._work_out(name)
        return self._effective[name]

    def _work_out(self, name: str) -> EffectiveOperation:
        own, defaults = self.operations.get(name, OperationSettings()), OPERATIONS[name]
        return EffectiveOperation(
            linger=defaults.linger if own.linger is None else own.linger,
            batch_size=own.batch_size or defaults.batch_size,
            batch_bytes=own.batch_bytes,
            partitions=own.partitions,
            backlog_limit=own.backlog_limit,
            ambiguous=own.ambiguous or defaults.ambiguous,
        )


class SalesmanagoAccount(_Account):
    """Credentials of SALESmanago's API v2, and what every request of the account carries."""

    system: Literal["salesmanago"]
    client_id: Annotated[str, Field(min_length=1)]
    #: Any random string of the caller's choice; it is hashed into `sha`.
    api_key: SecretStr
    api_secret: SecretStr
    #: The user of the account that owns contacts and events for which a message names no other.
    owner: Annotated[str, Field(min_length=3, max_length=255)]
    #: batchupsertv2 takes true when silent, and would then ask every contact to confirm again.
    use_api_double_opt_in: bool = False
    #: Give events that have no externalId one of ours when they are enqueued, so that the API can
    #: be asked about every event.
    stamp_external_id: bool = True
    #: The documented path. SALESmanago's own newer clients use
    #: /api/v2/contact/addBatchContactExtEvent.
    events_path: Annotated[str, Field(pattern="^/api/")] = "/api/contact/batchAddContactExtEvent"

    @model_validator(mode="before")
    @classmethod
    def _secret_from_file(cls, value: Any) -> Any:
        """`api_secret_file = "/run/secrets/..."` in place of `api_secret`."""
        if not isinstance(value, dict) or "api_secret_file" not in value:
            return value
        if "api_secret" in value:
            raise ValueError(
                "api_secret and api_secret_file: give one of the two, in the file and the "
                "environment together"
            )
        path = value["api_secret_file"]
        if not isinstance(path, str):
            raise ValueError("api_secret_file: must be the path of a file")
        try:
            secret = Path(path).read_text().strip()
        except OSError as error:
            raise ValueError(f"api_secret_file: {path}: {error.strerror}") from None
        except ValueError:
            raise ValueError(f"api_secret_file: {path!r}: is no text file") from None
        rest = {key: kept for key, kept in value.items() if key != "api_secret_file"}
        return {**rest, "api_secret": secret}

    @field_validator("api_key", "api_secret")
    @classmethod
    def _not_empty(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value():
            raise ValueError("must not be empty")
        return value


#: One more system: one more class here, and `Field(discriminator="system")`.
Account = SalesmanagoAccount


class Settings(BaseSettings):
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
    #: Celery's; absent: the lanes' server (its next database).
    broker_url: RedisUrl | None = None
    data_dir: Path = DEFAULT_DATA_DIR
    accounts: dict[Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]*$")], Account] = {}
    #: Seconds that an enqueueing call may wait for Redis, repeats included.
    enqueue_timeout: Seconds = 5.0
    #: Replicas that must confirm a message before an enqueueing call returns (`NotReplicated` if
    #: too few do); 0: none, accepted means on the master.
    wait_replicas: Annotated[int, Field(ge=0, le=100)] = 0
    #: Seconds that the call waits for these replicas, on top of `enqueue_timeout`.
    wait_timeout: Annotated[float, Field(ge=0.001, le=60)] = 1.0
    #: Seconds for which a second send with the same idempotency key returns the first id.
    idempotency_window: Annotated[int, Field(ge=1)] = 86_400
    #: Seconds that a worker waits for an answer of Redis or of the broker; then the connection is
    #: taken for lost, and another opened.
    redis_timeout: Annotated[float, Field(ge=1, le=60)] = 10.0
    #: Seconds between two looks of a worker at the due lanes.
    dispatch_every: Annotated[float, Field(ge=0.01, le=10)] = 0.2
    #: Seconds that one Celery task goes on with the batches of one lane.
    deliver_budget: Seconds = 30.0
    #: Batches that the journal remembers, about.
    journal_length: Annotated[int, Field(ge=100)] = 100_000
    #: Seconds that the journal remembers a batch for, about.
    journal_age: Seconds = 1_209_600.0
    #: Sentry receives unexpected errors of workers when set; never payloads.
    sentry_dsn: SecretStr | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = config_file()
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)

    @classmethod
    def load(cls) -> Settings:
        """The settings of this process; `InvalidSettings` names every key that cannot be used."""
        _refuse_unknown_environment(cls)
        file = config_file()
        try:
            return cls()
        except ValidationError as error:
            raise InvalidSettings(_explain(error, file)) from None
        except tomllib.TOMLDecodeError as error:
            raise InvalidSettings(f"{file} is not valid TOML: {error}") from None
        except SettingsError as error:
            raise InvalidSettings(
                f"the environment: {error}: a variable that names a whole section must be a JSON "
                "object; name single keys instead, with __ between levels"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidSettings(f"{file} cannot be read: {error}") from None

    def account(self, name: str) -> Account:
        """The account of that name; `UnknownAccount` says which there are."""
        try:
            return self.accounts[name]
        except KeyError:
            raise UnknownAccount(name, list(self.accounts)) from None

    def lanes_url(self) -> str:
        """The address of the Redis that holds the lanes; `NoRedis` when there is none."""
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


def config_file() -> Path | None:
    """The settings file in force; `InvalidSettings` when `BATCHLINE_CONFIG` names none."""
    named = os.environ.get("BATCHLINE_CONFIG")
    if named:
        if not Path(named).is_file():
            raise InvalidSettings(f"BATCHLINE_CONFIG={named}: there is no such file")
        return Path(named)
    data_dir = Path(os.environ.get("BATCHLINE_DATA_DIR", DEFAULT_DATA_DIR))
    for candidate in (Path("batchline.toml"), data_dir / "batchline.toml"):
        if candidate.is_file():
            return candidate
    return None


def _refuse_unknown_environment(settings: type[BaseSettings]) -> None:
    known = {*settings.model_fields, "config"}
    for name in os.environ:
        key = name.lower()
        if key.startswith("batchline_"):
            first = key.removeprefix("batchline_").partition("__")[0]
            if first not in known:
                raise InvalidSettings(
                    f"{name}: there is no such setting (known: {', '.join(sorted(known))})"
                )


def _explain(error: ValidationError, file: Path | None) -> str:
    where = f"{file} and the environment" if file else "the environment (no batchline.toml here)"
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in problem["loc"] if part != "[key]") or "settings"
        kind = problem["type"]
        text = {"extra_forbidden": "there is no such setting", "missing": "is missing"}.get(
            kind, problem["msg"].removeprefix("Value error, ")
        )
        lines.append(f"{key}: {text}")
    return f"the settings in {where} cannot be used:\n  " + "\n  ".join(lines)
