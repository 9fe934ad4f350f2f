"""Accounts: one configured credential set of a system, and how its messages wait, travel and fail.

Each system has a class of its own; `system` in `[accounts.NAME]` chooses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from batchline.systems.mapping.settings import MappedAccount
from batchline.systems.operation import AmbiguousPolicy, EffectiveOperation, Operation
from batchline.systems.section import Section

#: Seconds that a worker needs around one request, beyond the request's own timeouts.
LEASE_MARGIN = 1.0

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _http_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest or rest.startswith("/") or " " in url:
        raise ValueError("must be an http:// or https:// address such as https://app2.example.com")
    return url.rstrip("/")


HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Timeout(Section):
    """Seconds for one HTTP request."""

    connect: Seconds = 5.0
    #: For the whole answer, not for each piece of it.
    read: Seconds = 30.0


class Backoff(Section):
    """Seconds between tries of a lane whose destination fails; full jitter."""

    first: Seconds = 1.0
    factor: Annotated[float, Field(ge=1, le=10)] = 2.0
    max: Seconds = 300.0


class Replay(Section):
    """Seconds: how often and how long an event waits for its contact.

    The defaults are the documented replay: v2/contact/addContactExtEvent, "wait 5 minutes ...
    for 1 hour".
    """

    every: Seconds = 300.0
    until: Seconds = 3600.0


class Breaker(Section):
    """When the lanes of an account stop trying a destination that fails, all together."""

    #: Failed requests in a row that open it.
    streak: Annotated[int, Field(ge=1)] = 5
    #: Share of failed requests in a window that opens it, once it has seen `least` requests.
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    window: Seconds = 60.0
    least: Annotated[int, Field(ge=1)] = 20
    #: Seconds that it stays open; then one request probes.
    open: Seconds = 30.0


class Limits(Section):
    """Requests to an account, from all workers together; None: no limit."""

    per_second: Annotated[float, Field(ge=0.02)] | None = None
    per_minute: Annotated[float, Field(ge=1)] | None = None
    concurrent: Annotated[int, Field(ge=1)] | None = None


class Jobs(Section):
    """Seconds: how often and how long a job is asked about (job/status recommends 60)."""

    #: False: what was accepted is taken for delivered, and nothing is asked.
    confirm: bool = True
    poll: Seconds = 60.0
    #: After this the job is reported as unconfirmed.
    until: Seconds = 3600.0


class FloodGuard(Section):
    """A lane whose messages are mostly rejected is paused instead of emptied."""

    #: Share of rejected messages in a window, once it has seen `least` messages.
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    least: Annotated[int, Field(ge=1)] = 100
    window: Seconds = 300.0


class Lockout(NamedTuple):
    """Seconds for which an API refuses everything after a 429 that does not say for how long."""

    first: float
    #: How much longer after each further one in a row, and at most.
    step: float
    most: float


class OperationSettings(Section):
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
    ambiguous: AmbiguousPolicy | None = None


class BaseAccount(MappedAccount):
    """What accounts of every system have."""

    #: What the account's API takes, by name; set by its system's `SystemSpec`.
    known_operations: ClassVar[Mapping[str, Operation]] = {}
    #: Fields that hold secrets: instead of NAME, `NAME_file` names a file, such as one in
    #: /run/secrets.
    secrets: ClassVar[tuple[str, ...]] = ()
    #: What may stand at the end of the address and is dropped: the paths bring it.
    url_suffix: ClassVar[str] = ""
    #: What a 429 means for all lanes of the account; None: it is only about the lane that got it.
    lockout: ClassVar[Lockout | None] = None

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
    #: Seconds for which the API's own ids of what it made are remembered (`batchline trace`).
    remember_ids: Annotated[int, Field(ge=0)] = 604_800
    operations: dict[str, OperationSettings] = {}

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, value: Any) -> Any:
        """`api_secret_file = "/run/secrets/..."` in place of `api_secret`, for every secret."""
        if not isinstance(value, dict):
            return value
        for name in cls.secrets:
            if f"{name}_file" in value:
                value = _with_secret(value, name)
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if isinstance(value, SecretStr) and not value.get_secret_value():
            raise ValueError("must not be empty")
        return value

    @field_validator("url", mode="after")
    @classmethod
    def _without_suffix(cls, url: str) -> str:
        return url.removesuffix(cls.url_suffix)

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
        for name, settings in self.operations.items():
            self._check_operation(name, settings)
        return self

    def _check_operation(self, name: str, settings: OperationSettings) -> None:
        own = self.known_operations
        if name not in own:
            raise ValueError(
                f"operations.{name!r} is no operation of {self.system}: {', '.join(own)}"
            )
        operation = own[name]
        if operation.lane != name:
            raise ValueError(
                f"operations.{name!r}: its messages travel in the lane of {operation.lane}, so "
                f"that they arrive in order: set operations.{operation.lane!r}"
            )
        if settings.batch_size is not None and settings.batch_size > operation.largest_batch:
            raise ValueError(
                f"operations.{name!r}.batch_size = {settings.batch_size} is above the limit "
                f"of {operation.largest_batch}"
            )
        if settings.ambiguous == "verify" and not operation.verified:
            raise ValueError(
                f"operations.{name!r}.ambiguous = 'verify': the API cannot be asked what "
                "became of these; choose hold or resend"
            )

    def assigns_external_id(self) -> bool:
        """Whether messages get an identifier by which the API can be asked about them."""
        return False

    @cached_property
    def _effective(self) -> dict[str, EffectiveOperation]:
        return {}

    def operation(self, name: str) -> EffectiveOperation:
        """What holds for an operation: the account's own settings over the operation's defaults;
        those of its lane's operation, where it travels in another's lane."""
        if name not in self._effective:
            self._effective[name] = self._work_out(self.known_operations[name].lane)
        return self._effective[name]

    def _work_out(self, name: str) -> EffectiveOperation:
        own = self.operations.get(name, OperationSettings())
        defaults = self.known_operations[name]
        return EffectiveOperation(
            linger=defaults.linger if own.linger is None else own.linger,
            batch_size=own.batch_size or defaults.batch_size,
            batch_bytes=own.batch_bytes,
            partitions=own.partitions,
            backlog_limit=own.backlog_limit,
            ambiguous=own.ambiguous or defaults.ambiguous,
        )


def _with_secret(value: dict[str, Any], name: str) -> dict[str, Any]:
    """The section with the secret out of its file."""
    if name in value:
        raise ValueError(
            f"{name} and {name}_file: give one of the two, in the file and the environment together"
        )
    path = value[f"{name}_file"]
    if not isinstance(path, str):
        raise ValueError(f"{name}_file: must be the path of a file")
    try:
        secret = Path(path).read_text().strip()
    except OSError as error:
        raise ValueError(f"{name}_file: {path}: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{name}_file: {path!r}: is no text file") from None
    return {**{key: kept for key, kept in value.items() if key != f"{name}_file"}, name: secret}
