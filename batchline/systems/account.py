"""Accounts: the credentials of a system, and how their messages wait, are batched, and fail.

Each system has an account class of its own; `system` in `[accounts.NAME]` chooses it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
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
from batchline.systems.message import Message
from batchline.systems.operation import (
    LARGEST_MESSAGE,
    AmbiguousPolicy,
    EffectiveOperation,
    Operation,
)
from batchline.systems.secret_files import ABSENT, REFUSED, with_secret
from batchline.systems.section import Section, Unit, spelled

#: Seconds that a worker needs around one request, beyond the request's own timeouts.
LEASE_MARGIN = 1.0

SECONDS = Unit("seconds")
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False), SECONDS]


def is_http_url(url: str) -> bool:
    """Whether this is an http:// or https:// address with a host."""
    scheme, _, rest = url.partition("://")
    known = scheme in ("http", "https")
    return known and rest != "" and not rest.startswith("/") and " " not in url


def _http_url(url: str) -> str:
    if not is_http_url(url):
        raise ValueError("must be an http:// or https:// address such as https://app2.example.com")
    return url.rstrip("/")


def _proxy(address: str) -> str:
    return address if address == NO_PROXY else _http_url(address)


HttpUrl = Annotated[str, AfterValidator(_http_url)]
#: In place of a proxy's address: go there directly, whatever the environment says.
NO_PROXY = "none"
Proxy = Annotated[str, AfterValidator(_proxy)]


class Timeout(Section):
    """The timeouts of one HTTP request, in seconds."""

    connect: Seconds = 5.0
    #: Seconds for the whole answer, not for each piece of it.
    read: Seconds = 30.0
    #: Seconds after its last answer for which a connection is used again, and less where the API's
    #: own `Keep-Alive` says so: somebody on the way may have forgotten it.
    idle: Annotated[float, Field(ge=0, allow_inf_nan=False), SECONDS] = 3.0


class Backoff(Section):
    """Seconds between tries of a lane whose destination fails; the actual wait has full jitter."""

    first: Seconds = 1.0
    factor: Annotated[float, Field(ge=1, le=10)] = 2.0
    max: Seconds = 300.0


class Replay(Section):
    """How often and how long an event waits for its contact, in seconds.

    The defaults are the documented replay: v2/contact/addContactExtEvent, "wait 5 minutes ...
    for 1 hour".
    """

    every: Seconds = 300.0
    until: Seconds = 3600.0


class Suspects(Section):
    """How often and how long a message is tried again, in seconds, on which alone the API fails.

    Then it is a dead letter, `poison`. Meanwhile it waits outside its lane, and the others go on.
    """

    every: Seconds = 30.0
    until: Seconds = 300.0


class Breaker(Section):
    """The rules by which the lanes of an operation, or of a host, stop trying one that fails."""

    #: Failed requests in a row that open the breaker.
    streak: Annotated[int, Field(ge=1)] = 5
    #: Share of failed requests in `window` seconds that opens it, out of at least `least` requests.
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    window: Seconds = 60.0
    least: Annotated[int, Field(ge=1)] = 20
    #: Seconds that the breaker stays open; then one request probes.
    open: Seconds = 30.0


class Limits(Section):
    """Limits on the requests of all workers together to an account; None: no limit."""

    per_second: Annotated[float, Field(ge=0.02)] | None = None
    per_minute: Annotated[float, Field(ge=1)] | None = None
    concurrent: Annotated[int, Field(ge=1)] | None = None


JobHost = Annotated[
    str,
    spelled(
        r"(\*\.)?[A-Za-z0-9_.-]+(:[0-9]{1,5})?",
        "a host, such as files.example, *.cdn.example or host:8443",
    ),
]


class Jobs(Section):
    """How often and how long the API is asked about a job, in seconds (job/status advises 60)."""

    #: Whether the API is asked about jobs; if not, an accepted message counts as delivered.
    confirm: bool = True
    poll: Seconds = 60.0
    #: Seconds after which the job is reported as unconfirmed.
    until: Seconds = 3600.0
    #: Hosts from which a job's file may be fetched, beside the account's own: `host`, `*.domain`,
    #: with `:port` where it is unusual; absent: the vendor's (`BaseAccount.job_hosts`).
    hosts: tuple[JobHost, ...] | None = None


class FloodGuard(Section):
    """A lane whose messages are mostly rejected is paused instead of emptied."""

    #: Share of rejected messages in `window` seconds, out of at least `least` messages.
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    least: Annotated[int, Field(ge=1)] = 100
    window: Seconds = 300.0


class Lockout(NamedTuple):
    """How long an API refuses every request after a 429 without Retry-After, in seconds."""

    first: float
    #: Seconds by which each further 429 in a row makes it longer.
    step: float
    #: The most seconds.
    most: float


class OperationSettings(Section):
    """How messages of one operation wait and are batched; a field left out has its default."""

    #: Seconds that a lane waits for more messages before it sends a partial batch.
    linger: Annotated[float, Field(ge=0, le=3600), SECONDS] | None = None
    #: The most messages taken from the head of the lane at once.
    batch_size: Annotated[int, Field(ge=1)] | None = None
    #: The most bytes of payload in one request.
    batch_bytes: Annotated[int, Field(ge=10_000), Unit("bytes")] = 4_000_000
    #: The most bytes of one message; a larger one raises MessageTooLarge.
    message_bytes: Annotated[int, Field(ge=1_000, le=50_000_000), Unit("bytes")] = LARGEST_MESSAGE
    #: Lanes that share the work; the contact chooses the lane, so that order per contact holds.
    partitions: Annotated[int, Field(ge=1, le=256)] = 1
    #: The most messages that wait in a lane; one more raises LaneFull.
    backlog_limit: Annotated[int, Field(ge=1)] = 1_000_000
    #: What happens to a message when nobody knows whether the API took it.
    ambiguous: AmbiguousPolicy | None = None
    #: Whether the application is told what became of each message (`batchline.results`).
    results: bool = False


class BaseAccount(MappedAccount):
    """The fields that accounts of every system have."""

    #: Name -> operation of the account's API; the system's `SystemSpec` sets it.
    known_operations: ClassVar[Mapping[str, Operation]] = {}
    #: Names of fields that hold secrets. In place of NAME, `NAME_file` may name a file, such as one
    #: in /run/secrets.
    secrets: ClassVar[tuple[str, ...]] = ()
    #: An ending of the address that is dropped, for the paths begin with it.
    url_suffix: ClassVar[str] = ""
    #: Hosts of the vendor's from which a job's file may be fetched; see `Jobs.hosts`.
    job_hosts: ClassVar[tuple[str, ...]] = ()
    #: Operations whose messages `warn_of` looks at.
    doubtful: ClassVar[frozenset[str]] = frozenset()
    #: How long a 429 stops all lanes of the account; None: it stops only the lane that got it.
    lockout: ClassVar[Lockout | None] = None

    system: str
    url: HttpUrl
    #: The proxy on the way to the API, or `none`; absent: HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
    proxy: Proxy | None = None
    #: The file (PEM) or folder with the CAs that sign the API's certificate; absent: SSL_CERT_FILE
    #: and the like, else the usual CAs.
    ca_file: Path | None = None
    timeout: Timeout = Timeout()
    backoff: Backoff = Backoff()
    replay: Replay = Replay()
    suspects: Suspects = Suspects()
    #: Seconds after which a message whose destination still fails becomes a dead letter.
    max_age: Seconds = 259_200.0
    #: Seconds that a worker owns a lane before it must renew its lease.
    lease: Seconds = 60.0
    breaker: Breaker = Breaker()
    limits: Limits = Limits()
    flood_guard: FloodGuard = FloodGuard()
    jobs: Jobs = Jobs()
    #: Seconds between a request without an answer and the question to the API what it took.
    verify_after: Annotated[float, Field(ge=0), SECONDS] = 10.0
    #: The most requests at once for operations whose requests hold one message each.
    parallel: Annotated[int, Field(ge=1, le=64)] = 8
    #: Seconds that the API's own ids of the objects that it made are kept (`batchline trace`).
    remember_ids: Annotated[int, Field(ge=0), SECONDS] = 604_800
    operations: dict[str, OperationSettings] = {}

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, value: Any) -> Any:
        """Read every secret from its file, such as `api_secret_file` in place of `api_secret`.

        One that is not here is no error: applications need none (`absent_secrets`).
        """
        if not isinstance(value, dict):
            return value
        for name in cls.secrets:
            value = with_secret(value, name, cls.model_fields[name].is_required())
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if isinstance(value, SecretStr):
            text = value.get_secret_value()
            if not text:
                raise ValueError("must not be empty")
            if text.startswith(REFUSED):
                raise ValueError(text.removeprefix(REFUSED))
        return value

    @field_validator("url", mode="after")
    @classmethod
    def _without_suffix(cls, url: str) -> str:
        return url.removesuffix(cls.url_suffix)

    @field_validator("operations", mode="before")
    @classmethod
    def _dotted_names(cls, value: Any) -> Any:
        """Take `EVENT_ADD` for `event.add`: names of environment variables hold no dot.

        What a variable says goes key by key over what the file says.
        """
        if not isinstance(value, dict):
            return value
        named = {name: settings for name, settings in value.items() if "." in name}
        for name, settings in value.items():
            if "." not in name:
                dotted = name.replace("_", ".", 1)
                named[dotted] = _over(named.get(dotted), settings)
        return named

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = [*self.mapping_problems()]
        needed = self.timeout.connect + self.timeout.read + LEASE_MARGIN
        if self.lease < needed:
            problems.append(
                f"lease = {self.lease:g} is shorter than the timeouts it must cover: at least "
                f"{needed:g} (timeout.connect + timeout.read + {LEASE_MARGIN:g})"
            )
        if self.replay.every > self.replay.until:
            problems.append("replay.every is longer than replay.until")
        for name, settings in self.operations.items():
            problems += self._problems_of_operation(name, settings)
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def no_operation(self, name: str) -> str:
        """That a name is no operation here, and which one is meant, or which there are."""
        known = list(self.known_operations)
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
        return f"is no operation of {self.system}; {hint}"

    def _problems_of_operation(self, name: str, settings: OperationSettings) -> Iterator[str]:
        """What is wrong with the settings of an operation."""
        own = self.known_operations
        if name not in own:
            yield f'operations."{name}" {self.no_operation(name)}'
            return
        operation = own[name]
        if operation.lane != name:
            yield (
                f'operations."{name}": its messages share the lane of {operation.lane}, so '
                f'that they arrive in order: set operations."{operation.lane}"'
            )
        if settings.batch_size is not None and settings.batch_size > operation.largest_batch:
            yield (
                f'operations."{name}".batch_size = {settings.batch_size} is above the limit '
                f"of {operation.largest_batch}"
            )
        if settings.ambiguous == "verify" and not operation.verified:
            yield (
                f'operations."{name}".ambiguous = "verify": the API cannot be asked what '
                "became of these; choose hold or resend"
            )

    def warn_of_settings(self, name: str) -> None:
        """Warn of settings that can be used and may be a mistake; `name` is the account's."""

    def warn_of(self, message: Message, name: str) -> None:
        """Warn of a message that is valid and may be a mistake, of an operation in `doubtful`."""

    def assigns_external_id(self) -> bool:
        """Whether messages get an identifier by which the API can be asked about them."""
        return False

    @cached_property
    def _effective(self) -> dict[str, EffectiveOperation]:
        return {}

    def absent_secrets(self) -> dict[str, str]:
        """Secret -> why it is not here: its key and what is wrong with that."""
        secrets = {name: getattr(self, name) for name in self.secrets}
        texts = {name: secret.get_secret_value() for name, secret in secrets.items() if secret}
        return {
            name: text.removeprefix(ABSENT)
            for name, text in texts.items()
            if text.startswith(ABSENT)
        }

    def secret_texts(self) -> tuple[str, ...]:
        """Every text that may not be shown: the secrets, and what the API gets in their place."""
        own = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        return (*own, *self.derived_secrets())

    def derived_secrets(self) -> tuple[str, ...]:
        """Texts made of a secret, such as a hash, and ids that belong to one.

        An account class of a system that sends such texts names them here. HTTP Basic is known.
        """
        return ()

    def operation(self, name: str) -> EffectiveOperation:
        """The settings in force: the account's own over the defaults.

        An operation that shares another's lane has the settings of that lane's operation.
        """
        if name not in self._effective:
            self._effective[name] = self._over_defaults(self.known_operations[name].lane)
        return self._effective[name]

    def _over_defaults(self, name: str) -> EffectiveOperation:
        own = self.operations.get(name, OperationSettings())
        defaults = self.known_operations[name]
        return EffectiveOperation(
            linger=defaults.linger if own.linger is None else own.linger,
            batch_size=own.batch_size or defaults.batch_size,
            batch_bytes=own.batch_bytes,
            message_bytes=own.message_bytes,
            partitions=own.partitions,
            backlog_limit=own.backlog_limit,
            ambiguous=own.ambiguous or defaults.ambiguous,
            ambiguous_is_set=own.ambiguous is not None,
            results=own.results,
        )


def _over(below: Any, above: Any) -> Any:
    """A section over another, key by key; the upper one alone where one of them is none."""
    return {**below, **above} if isinstance(below, dict) and isinstance(above, dict) else above
