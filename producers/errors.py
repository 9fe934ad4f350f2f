"""The errors that enqueueing and the settings raise.

    BatchlineError
    ├── UnusablePlugin       an installed system cannot be loaded
    ├── BadArgument          a call was given something of no use; the message names the argument
    ├── InvalidSettings      the settings cannot be used; the message names the key
    │   └── NoRedis          no Redis is configured and no embedded server runs
    ├── UnknownAccount       a message names an account that the settings do not have
    ├── WrongSystem          a message is for another API than the account's
    ├── MessageTooLarge      a message has more bytes than its operation's `message_bytes`
    ├── NotInstalled         a call past the lanes needs a package that is not installed
    ├── DirectCallFailed     a call past the lanes failed, as far as is known
    │   ├── MessagesAhead    older messages of the contact still wait in the lane; nothing was done
    │   ├── CallRefused      the API refused the message; the text is the API's own
    │   ├── AccountRefused   the API refused the account's credentials or its owner
    │   ├── CallUnanswered   no usable answer came; the API may have taken the message
    │   ├── QuestionUnanswered no usable answer came to a question, which changes nothing
    │   └── LimitReached     the account's rate limit is used up: nothing was asked
    ├── NoRoute              a neutral message has no accounts to go to
    ├── CannotMap            a neutral message does not fit an account as it is
    ├── ResultsLost          results were dropped before their reader had read them
    └── EnqueueError         a message is not accepted as asked, or it is not known whether it is
        ├── LaneFull       * the lane holds as many messages as it may; nothing was enqueued
        ├── TooManyAtOnce    one call has more messages than the lane ever takes
        ├── MadeForAnother   the lane holds messages for the system that the account had before
        ├── Duplicate        the message of an idempotency key is dead or purged
        ├── Suppressed       the contact is on the suppression list; the other messages are enqueued
        ├── RedisUnavailable * Redis could not be reached or refused; nothing was enqueued
        │   └── NotTried   * a call before got no answer, so this one did not try yet
        ├── OutcomeUnknown * the call was sent and its answer never came
        └── NotReplicated  * enqueued, but not yet on as many replicas as `wait_replicas` asks for

Those with a star are a `TryLater` too, and so are MessagesAhead, QuestionUnanswered and
LimitReached: the same call may succeed later, and nobody has to mend anything in it.

A message that breaks a documented limit raises pydantic's `ValidationError` where it is built. A
keyword that a function does not have raises Python's own `TypeError`, which names the nearest one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from batchline.systems.errors import BatchlineError


class TryLater(BatchlineError):
    """The same call may succeed later: the message is right, and the moment was wrong.

    A job that sends what an outbox holds keeps the row then, and comes back to it. With the same
    `idempotency_key` repeating is safe. Any other error says no at each repetition.
    """


class BadArgument(BatchlineError, ValueError, TypeError):
    """A call was given something of no use: a wrong type or value. Nothing was done.

    It is Python's ValueError and TypeError too, for code that expects these.
    """


class InvalidSettings(BatchlineError):
    """The settings cannot be used; each line of the message names one key."""


class NoRedis(InvalidSettings):
    """No Redis is configured and no embedded server runs in the data folder."""

    def __init__(self, data_dir: object) -> None:
        super().__init__(
            f"no Redis: redis_url is not set and no embedded server runs in "
            f"{Path(str(data_dir)).absolute()}. "
            "Start one with `batchline up` (or `make run`), or set redis_url in batchline.toml "
            "or BATCHLINE_REDIS_URL."
        )


class UnknownAccount(BatchlineError):
    """A message names an account that the settings do not have."""

    def __init__(self, account: str, known: Sequence[str], whence: str = "") -> None:
        """`whence`: where the settings come from, in a sentence."""
        super().__init__(
            f"account {account!r} is not in the settings (known: {', '.join(known) or 'none'}): "
            f"add [accounts.{account}] to batchline.toml. {whence}".rstrip()
        )


class WrongSystem(BatchlineError):
    """A message is for another API than the account's."""

    def __init__(self, operation: str, system: str, account: str, account_system: str) -> None:
        super().__init__(
            f"{operation} is an operation of {system}, but account {account!r} is of "
            f"{account_system}: name an account of {system} with account="
        )


class MessageTooLarge(BatchlineError):
    """A message is larger than its operation's `message_bytes`; nothing was enqueued."""

    def __init__(self, account: str, operation: str, size: int, limit: int) -> None:
        super().__init__(
            f"a message of {size:,} bytes is too large, nothing was enqueued: message_bytes of "
            f'[accounts.{account}.operations."{operation}"] is {limit:,}'
        )
        self.bytes = size
        self.limit = limit


class NotInstalled(BatchlineError):
    """A call past the lanes needs a package that only workers have."""

    def __init__(
        self,
        explanation: str,
        call: str = "upsert_contact_and_wait",
        instead: str = ", or let a worker deliver (upsert_contact)",
    ) -> None:
        """`explanation`: what is missing, and how to get it. `instead`: what else can be done."""
        super().__init__(f"{call} calls the API from here: {explanation}{instead}")


class DirectCallFailed(BatchlineError):
    """A call past the lanes (`upsert_contact_and_wait`, `batchline.ask`) failed.

    Nothing is enqueued.
    """


class MessagesAhead(DirectCallFailed, TryLater):
    """Older messages of the contact wait in the lane, and the call would pass them.

    Nothing was done.
    """

    def __init__(self, waiting: int, lane: str, seconds: float) -> None:
        messages = "1 older message" if waiting == 1 else f"{waiting:,} older messages"
        super().__init__(
            f"{messages} of this contact still waited in the lanes of {lane} after {seconds:g} s, "
            "and would overwrite what this call sets: nothing was done. Repeat the call later, "
            "give it a longer wait=, or go ahead all the same with even_if_behind=True."
        )
        #: How many messages of the contact wait.
        self.waiting = waiting


class CallRefused(DirectCallFailed):
    """The API refused the message, or the question; the text is the API's own. Nothing was done."""


class AccountRefused(DirectCallFailed):
    """The API refused the account: its credentials, or its owner setting. Nothing was done."""


class CallUnanswered(DirectCallFailed):
    """No usable answer came within the account's timeouts."""

    def __init__(self, detail: str, ambiguous: bool) -> None:
        effect = "it may have been done all the same" if ambiguous else "nothing was done"
        super().__init__(
            f"{detail}: {effect}. A repeated upsert changes nothing, "
            "but for one that changes the address, or opts in under double opt-in."
        )
        #: Whether the API may have taken the message; False: certainly not.
        self.ambiguous = ambiguous


class QuestionUnanswered(DirectCallFailed, TryLater):
    """No usable answer came to a question (`batchline.ask`). A question changes nothing."""

    def __init__(
        self, account: str, question: str, detail: str, retry_after: float | None = None
    ) -> None:
        when = "later" if retry_after is None else f"in {retry_after:.3g} s"
        super().__init__(
            f"account {account!r}, {question}: {detail}. It is not known what the API would have "
            f"answered: ask again {when}"
        )
        #: What happened instead of a usable answer.
        self.detail = detail
        #: Seconds that the API wants to be left alone, where it named them.
        self.retry_after = retry_after


class LimitReached(DirectCallFailed, TryLater):
    """The account's rate limit, which it shares with the workers, is used up: nothing was asked."""

    def __init__(self, account: str, question: str, seconds: float) -> None:
        super().__init__(
            f"account {account!r}, {question}: the rate limit that all workers share leaves room "
            f"for a question in {seconds:.3g} s: ask again then, or wait longer for it (wait=, "
            "--wait)"
        )
        #: Seconds until there may be room.
        self.seconds = seconds


class NoRoute(BatchlineError):
    """A neutral message names no accounts, and the settings have no route for its type."""

    def __init__(self, type_name: str, whence: str = "") -> None:
        """`whence`: where the settings come from, in a sentence."""
        super().__init__(
            f"no accounts for this {type_name}: name them with accounts=, or set "
            f'[routes] {type_name} = ["..."] in batchline.toml. {whence}'.rstrip()
        )


class CannotMap(BatchlineError):
    """A neutral message does not fit an account as it is; nothing was enqueued for any account.

    `account` is the account's name. `field` is the field of the neutral message; "" where the
    error is about the whole message.
    """

    def __init__(self, account: str, field: str, detail: str) -> None:
        super().__init__(f"account {account!r}: {field + ': ' if field else ''}{detail}")
        self.account = account
        self.field = field


class ResultsLost(BatchlineError):
    """Results were dropped before a group had read, or acknowledged, them.

    The loop can be begun again, and goes on with the oldest result that is kept.
    """

    def __init__(self, count: int, group: str, kept: int) -> None:
        super().__init__(
            f"{count:,} results were dropped before group {group!r} had read them: about "
            f"{kept:,} are kept (results_length). What became of their messages is not known to "
            "this group: `batchline trace` and `batchline dead list` tell. Read faster, or raise "
            "results_length. A loop begun again goes on with the oldest that is kept."
        )
        self.count = count
        self.group = group


#: What is enqueued of one message: its id or None; for several accounts account -> id or None.
Accepted = str | None | dict[str, str | None]


class EnqueueError(BatchlineError):
    """A message was not accepted as asked, or it is not known whether it was.

    `accepted` has an element for each message, in their order: what the call would have returned
    for it, with None for an id that is not, or not known to be, enqueued. So a message for several
    accounts has a dict there, account -> id or None.
    """

    accepted: Sequence[Accepted]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.accepted = []


class LaneFull(EnqueueError, TryLater):
    """The lane holds as many messages as its `backlog_limit` allows; nothing was enqueued."""

    def __init__(self, lane: str, backlog: int, limit: int) -> None:
        super().__init__(
            f"lane {lane} holds {backlog:,} messages and takes {limit:,} at most: are workers "
            "running (`batchline status`)? If the backlog is wanted, raise backlog_limit."
        )
        self.lane = lane
        self.backlog = backlog
        self.limit = limit


class MadeForAnother(EnqueueError):
    """The lane holds messages for the system that its account had before; nothing was enqueued."""

    def __init__(self, lane: str, system: str, backlog: int) -> None:
        account = lane.partition(":")[0]
        super().__init__(
            f"lane {lane} holds {backlog:,} messages that were made for {system}, which account "
            f"{account!r} was of before: give it that system back until they are delivered, or "
            "choose another name for the new account"
        )
        self.lane = lane
        self.system = system
        self.backlog = backlog


class TooManyAtOnce(EnqueueError):
    """A call has more messages for a lane than its `backlog_limit`; none of them was enqueued."""

    def __init__(self, lane: str, messages: int, limit: int) -> None:
        super().__init__(
            f"lane {lane} takes {limit:,} messages at most, and this call has {messages:,} for it: "
            "send fewer at a time, or raise backlog_limit"
        )
        self.lane = lane
        self.messages = messages
        self.limit = limit


class Ended(NamedTuple):
    """A message that an idempotency key stands for, and that will not be delivered as it is."""

    message_id: str
    #: "dead" or "purged".
    state: str


class Duplicate(EnqueueError):
    """The message of an idempotency key is a dead letter, or was purged; it is not enqueued anew.

    With `anew=True` it is. The other messages of the call are enqueued.
    """

    def __init__(self, ids: Sequence[str | None], duplicates: Mapping[int, Ended]) -> None:
        self.message_id, self.state = next(iter(duplicates.values()))
        more = f" ({len(duplicates) - 1:,} more like it)" if len(duplicates) > 1 else ""
        super().__init__(f"{explained(self.message_id, self.state)}{more}")
        #: Index of the message in the call -> the message that its key stands for.
        self.duplicates = dict(duplicates)
        #: The ids of the other messages, in their order; None for each duplicate.
        self.ids = list(ids)


class Suppressed(EnqueueError):
    """The contact of a message is on the suppression list: the message is not enqueued.

    The other messages of the call are enqueued, but for those of `duplicates`.
    """

    def __init__(
        self,
        ids: Sequence[str | None],
        suppressed: Sequence[int],
        duplicates: Mapping[int, Ended] | None = None,
    ) -> None:
        many = len(suppressed)
        what = "the contact of this message is" if many == 1 else f"the contacts of {many:,} are"
        super().__init__(
            f"{what} on the suppression list: nothing was enqueued for it. `batchline suppress "
            "check` shows since when; take it off there if it is wanted again, or drop such "
            'messages without a word by suppressed = "drop"'
        )
        #: Indexes of these messages in the call.
        self.suppressed = list(suppressed)
        #: Index -> the dead or purged message that the key of another message stands for.
        self.duplicates = dict(duplicates or {})
        #: The ids of the messages, in their order; None for each that is not enqueued.
        self.ids = list(ids)


def explained(message_id: str, state: str) -> str:
    """What a Duplicate says of one message."""
    if state == "dead":
        return (
            f"the message of this idempotency_key, {message_id}, is a dead letter (`batchline dead "
            "show`): nothing was enqueued. Replay it, or send this one with anew=True"
        )
    return (
        f"the message of this idempotency_key, {message_id}, was purged: nothing was enqueued. "
        "Send this one with anew=True"
    )


class RedisUnavailable(EnqueueError, TryLater):
    """Redis could not be reached, or refused the call; nothing was enqueued."""


class NotTried(RedisUnavailable):
    """Redis did not answer a call a moment ago, so this one was not sent; nothing was enqueued."""

    def __init__(self, ago: float, retry_after: float) -> None:
        super().__init__(
            f"Redis did not answer a call of this process {ago:.1f} s ago: this call was not "
            f"tried, nothing was enqueued. Calls are tried again in {retry_after:.1f} s "
            "(enqueue_pause)."
        )
        #: Seconds until a call is tried again.
        self.retry_after = retry_after


class OutcomeUnknown(EnqueueError, TryLater):
    """The call was sent, its answer never came: the messages may or may not be enqueued.

    Sending again with the same `idempotency_key` is safe; without one it may enqueue twice.
    """


class NotReplicated(EnqueueError, TryLater):
    """The messages are enqueued on the master, and not yet confirmed by enough replicas.

    Workers deliver the messages. They are lost only if the master is lost before a replica has
    them. Sending again with the same `idempotency_key` enqueues nothing and waits for the replicas.
    """

    def __init__(
        self, ids: Sequence[str | None], replicas: int, wanted: int, seconds: float
    ) -> None:
        super().__init__(
            f"{len(ids):,} messages are enqueued on the master, and {replicas} of {wanted} "
            f"replicas confirmed that within {seconds:g} s: if the master is lost now, so may "
            "they be. Sending again with the same idempotency_key waits again and enqueues nothing."
        )
        #: The ids of the messages, in their order; None where its key's message is dead or purged.
        self.ids = list(ids)
        self.replicas = replicas
        self.wanted = wanted
