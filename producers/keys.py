"""The keys in Redis and their contents: the contract between producers and workers.

Every key begins with `{PREFIX:0}:`. The braces are Redis Cluster's hash tag, so that each Lua call
stays in one slot. The prefix is a setting (`key_prefix`), so that several deployments can share a
server.
"""

from __future__ import annotations

from batchline.producers.lanes import Lane


class Keys:
    """Every key under one prefix."""

    def __init__(self, prefix: str) -> None:
        #: The beginning of every key.
        self.start = start = f"{{{prefix}:0}}:"
        #: Sorted set, lane name -> UNIX ms at which the lane is due. It is the whole scheduler.
        self.due = f"{start}due"
        #: Set of the names of every lane that ever held a message.
        self.lanes = f"{start}lanes"
        #: Sorted set, message id with its numbers filled up (`lua/clock.lua`) -> UNIX ms at
        #: which a parked message goes back to its lane.
        self.parked = f"{start}parked"
        #: Hash, message id -> JSON of the parked entry.
        self.parked_body = f"{start}parked:body"
        #: Sorted set, message id -> UNIX ms at which the message became a dead letter.
        self.dead = f"{start}dead"
        #: String, UNIX ms: a person has seen the dead letters that died until then.
        self.dead_seen = f"{start}dead:seen"
        #: Hash, message id -> JSON of the dead letter.
        self.dead_body = f"{start}dead:body"
        #: Hash, account, account:operation or lane -> reason for which it is paused.
        self.paused = f"{start}paused"
        #: Hash, the same scope -> JSON of who paused it and when, if a person did.
        self.paused_by = f"{start}paused:by"
        #: Sorted set, name of a worker process -> UNIX ms at which it was last seen.
        self.workers = f"{start}workers"
        #: Hash, name of a worker process -> its release (`worker/store/releases.py`).
        self.releases = f"{start}workers:releases"
        #: Sorted set, account -> UNIX ms at which a worker that knows it last signed for it, and
        #: ":" and a worker's name -> when it last signed for all of its own.
        self.accounts = f"{start}accounts"
        #: Hash, trouble -> JSON of it; list of what is to be told; hash of what workers are telling
        #: now; hash of what has been told lately (`worker/store/lua/trouble.lua`, `tell.lua`).
        self.troubles = f"{start}troubles"
        self.troubles_news = f"{start}troubles:news"
        self.troubles_telling = f"{start}troubles:telling"
        self.troubles_told = f"{start}troubles:told"
        #: String, for some seconds: a worker has looked for lanes that stand still.
        self.looked = f"{start}troubles:looked"
        #: Hash, alert and labels -> JSON of its state; hash of who watches over them, until when;
        #: hash, UNIX ms -> what the samples were then (`worker/alerts/store.py`).
        self.alerts = f"{start}alerts"
        self.alerts_watch = f"{start}alerts:watch"
        self.alerts_history = f"{start}alerts:history"
        #: String, for a second: written to see whether Redis has room (`worker/store/room.py`).
        self.room = f"{start}room"
        #: Hash, account -> JSON of the last check of it (`checked.py`).
        self.checked = f"{start}checked"
        #: Hash, sorted set -> where in its bodies the search for lost times goes on
        #: (`worker/store/lua/find_times.lua`).
        self.lost_times = f"{start}lost_times"
        #: Hash, key and member -> the member's score or body: what was no lane or no message.
        self.set_aside = f"{start}set_aside"
        #: Sorted set, job -> UNIX ms at which the API is asked about an open job.
        self.jobs = f"{start}jobs"
        #: Hash, job -> how often it was dispatched since the API was last asked about it.
        self.jobs_dispatched = f"{start}jobs:dispatched"
        #: Hash, job -> UNIX ms at which the API was first asked about it.
        self.jobs_asked = f"{start}jobs:asked"
        #: Hash, job -> its messages (`worker/delivery/open_job.py`).
        self.jobs_body = f"{start}jobs:body"
        #: Hash: what is to be added to Redis' clock (`lua/clock.lua`).
        self.clock = f"{start}clock"
        #: Hash, keyed hash of an identifier -> UNIX ms until which it is suppressed (0: for ever),
        #: a space, and JSON of who said so; hash with its key (`suppression.py`).
        self.suppressed = f"{start}suppressed"
        self.suppressed_key = f"{start}suppressed:key"
        #: Set, names of erasures that are under way.
        self.erase_open = f"{start}erase:open"
        #: Sorted set, name of an erasure -> UNIX ms at which it was ordered.
        self.erase = f"{start}erase"
        #: Sorted set, stream id of a result that was erased -> its number.
        self.results_erased = f"{start}results:erased"
        #: Stream: a line per settled batch, and per act on jobs and dead letters.
        self.journal = f"{start}journal"
        #: Stream: a line per act of a person (`worker/store/acts.py`), oldest first.
        self.acts = f"{start}acts"
        #: String: the number of the last minute whose counters were sampled. Hashes, number of a
        #: minute, and of the first minute of a quarter of an hour -> the sample, compressed JSON
        #: (`worker/store/history.py`).
        self.history_sampled = f"{start}history:sampled"
        self.history_minutes = f"{start}history:minutes"
        self.history_quarters = f"{start}history:quarters"
        #: Sorted set, name of a bulk act -> UNIX ms at which it was ordered; set of the names of
        #: those that a worker counts or runs.
        self.bulk = f"{start}bulk"
        self.bulk_open = f"{start}bulk:open"
        #: Stream: what became of each message of the operations that have `results`
        #: (`result.py`), oldest first.
        self.results = f"{start}results"
        #: Hash: how many results were ever written (`written`), and of each group the number of the
        #: last one that it was given (`read:GROUP`), and how many it has lost (`lost:GROUP`), its
        #: loop was told of (`told:GROUP`), and workers have told people of (`noted:GROUP`).
        self.results_numbers = f"{start}results:numbers"
        #: The beginning of the keys under which results find the idempotency key of a message.
        self.key_of = f"{start}key_of:"
        #: The beginning of the keys of idempotency keys; each is a string, the message's id.
        self.once = f"{start}once:"
        #: The beginning of the keys of purged messages, for as long as a key may stand for one.
        self.purged = f"{start}purged:"

    def results_seen(self, group: str) -> str:
        """Hash: when each consumer of a group of `results` was last seen (`seen.lua`)."""
        return f"{self.start}results:seen:{group}"

    def stream(self, lane: Lane | str) -> str:
        """Stream: the lane's messages, oldest first (`entry.py` describes an entry)."""
        return f"{self.start}lane:{lane}"

    def state(self, lane: Lane | str) -> str:
        """Hash: the lane's lease, attempts, last error and counters (`claim.lua`)."""
        return f"{self.start}state:{lane}"

    def breaker(self, account: str, operation: str) -> str:
        """Hash: the circuit breaker of an account's operation (`breaker.lua`)."""
        return f"{self.start}breaker:{account}:{operation}"

    def breaker_of_host(self, host: str) -> str:
        """Hash: the circuit breaker of a host, for all accounts there; `host` is "name:port"."""
        return f"{self.start}breaker@{host}"

    def parked_by_contact(self, account: str) -> str:
        """Sorted set in lexical order: contact key, a tab, message id.

        It holds the messages that wait for their contact, and those that came back from waiting and
        are not settled yet.
        """
        return f"{self.start}parked:contacts:{account}"

    def parked_blocking(self, account: str) -> str:
        """Sorted set like `parked_by_contact`, of messages that block later ones of the contact."""
        return f"{self.start}parked:blocking:{account}"

    @property
    def calls(self) -> str:
        """Sorted set: member of `parked_blocking` -> UNIX ms until which that call lasts.

        The call is one past the lanes. A killed caller takes none out: workers do, when it is over.
        """
        return f"{self.start}calls"

    def api_id(self, message_id: str) -> str:
        """String: the API's own id of what it made from a message, for `remember_ids` and a day."""
        return f"{self.start}api_id:{message_id}"

    def newest_sent(self, account: str, operation: str) -> str:
        """String, a table: the newest delivered message of each contact (`superseded.py`)."""
        return f"{self.start}newest:{account}:{operation}"

    def limits(self, account: str) -> list[str]:
        """The keys of an account's rate limits (`take_grants.lua`)."""
        parts = ("grants", "under_way", "adaptation")
        return [f"{self.start}limits:{account}:{part}" for part in parts]

    def bulk_act(self, name: str) -> str:
        """Hash: a bulk act (`worker/store/lua/bulk_take.lua`)."""
        return f"{self.start}bulk:act:{name}"

    def bulk_ids(self, name: str) -> str:
        """Sorted set: the dead letters that a bulk act has still to do.

        Message id with its numbers filled up -> UNIX ms at which the message was enqueued.
        """
        return f"{self.start}bulk:ids:{name}"

    def checking(self, account: str) -> str:
        """Hash: the check of an account that is under way (`begin_check.lua`)."""
        return f"{self.start}checking:{account}"

    def requests(self, account: str) -> str:
        """Stream: the account's last requests and their answers, masked (`kept_requests.py`)."""
        return f"{self.start}requests:{account}"

    def erase_act(self, name: str) -> str:
        """Hash: an erasure (`worker/erasure/act.py`)."""
        return f"{self.start}erase:act:{name}"

    def reported(self, fingerprint: str) -> str:
        """String, for `sentry_every`: a worker has reported this fingerprint to Sentry."""
        return f"{self.start}sentry:{fingerprint}"

    def checked_in(self, minute: int) -> str:
        """String, for three minutes: a worker has checked in at Sentry in this minute."""
        return f"{self.start}sentry:minute:{minute}"

    def caller(self, name: str) -> str:
        """String: a caller's last call number and answer (`enqueue.lua`)."""
        return f"{self.start}caller:{name}"
