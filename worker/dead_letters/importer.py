"""Imports exported dead letters: never a message that is here already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from batchline.producers.lanes import Lane
from batchline.producers.outgoing import hashed
from batchline.systems import identities
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.delivery.open_job import UNREADABLE_JOB, Job
from batchline.worker.store import head, journal, lanes, suppression
from batchline.worker.store.journal import Act
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

IMPORT = Script("import")
#: Letters imported in one call.
PAGE = 500

#: "new": the letter is imported. Else it is not: where its message is, that it was replayed and is
#: here no more, or that the file repeats it.
Answer = Literal[
    "new", "dead", "parked", "waiting", "confirming", "replayed", "repeated", "suppressed"
]


class Importer:
    """Imports the letters of one file; with `dry_run` it only answers which it would import."""

    def __init__(self, store: Store, dry_run: bool, window: float) -> None:
        """`window`: seconds for which an idempotency key is known (`idempotency_window`)."""
        self._store = store
        self._window = round(window * 1000)
        self._mode = "check" if dry_run else "import"
        self._past = Past(store)
        self._seen: set[str] = set()
        #: Message id -> answer: messages that came back to a lane, or that wait for a job's result.
        self._here: dict[str, Answer] = {}
        #: Lane -> the last stream id that was looked at.
        self._searched: dict[str, str] = {}
        self._jobs: set[bytes] = set()

    def add(self, letters: Sequence[DeadLetter]) -> list[Answer]:
        """Import the letters, at most `PAGE`, that are new here; return the answer for each."""
        self._search({(letter.lane.account, letter.lane.operation) for letter in letters})
        self._search_jobs()
        fresh = {letter.id: letter for letter in reversed(letters) if letter.id not in self._seen}
        self._seen |= fresh.keys()
        answers = self._ask(list(fresh.values()))
        return [answers.pop(letter.id, "repeated") for letter in letters]

    def _ask(self, letters: Sequence[DeadLetter]) -> dict[str, Answer]:
        keys = [
            self._store.keys.dead,
            self._store.keys.dead_body,
            self._store.keys.parked_body,
            self._store.keys.lanes,
            self._store.keys.journal,
        ]
        answers: dict[str, Answer] = {}
        asked = []
        is_listed = self._store.client.hexists(self._store.keys.clock, "listed")
        for letter in letters:
            if letter.id in self._here:
                answers[letter.id] = self._here[letter.id]
                continue
            if is_listed and self._is_suppressed(letter):
                answers[letter.id] = "suppressed"
                continue
            asked.append(letter)
        self._past.read_on()
        arguments: list[Argument] = [
            self._store.keys.start,
            self._mode,
            self._window,
            len(self._searched),
        ]
        for searched in self._searched.items():
            arguments += searched
        for letter in asked:
            arguments += [letter.id, letter.died_at, str(letter.lane), letter.to_json()]
            arguments += [self._past.purged.get(letter.id, ""), *_keys_of(letter)]
            arguments.append(int(letter.id in self._past.replayed))
        reply: Any = IMPORT(self._store, keys, arguments)
        told = zip(asked, reply, strict=True)
        return answers | {letter.id: answer.decode() for letter, answer in told}

    def _is_suppressed(self, letter: DeadLetter) -> bool:
        """Whether its contact was erased, or is suppressed: it does not come back."""
        own = identities.about(letter.contact, letter.payload)
        return bool(suppression.check(self._store, own, letter.lane.account))

    def _search(self, operations: set[tuple[str, str]]) -> None:
        """Read the entries that came into these lanes since the last call.

        The script reads those that come after this one.
        """
        for lane in lanes.known(self._store):
            if (lane.account, lane.operation) in operations:
                self._search_lane(lane)

    def _search_lane(self, lane: Lane) -> None:
        last = self._searched.get(str(lane), "0-0")
        for entry in head.all_entries(self._store, lane, last):
            if entry.meta:
                self._here[entry.meta.id] = "waiting"
            last = entry.stream_id
        self._searched[str(lane)] = last

    def _search_jobs(self) -> None:
        """Read the jobs that have been opened since the last call."""
        names: Any = self._store.client.hkeys(self._store.keys.jobs_body)
        for name in set(names) - self._jobs:
            body: Any = self._store.client.hget(self._store.keys.jobs_body, name.decode())
            if body is not None:
                try:
                    job = Job.read(name.decode(), body)
                except UNREADABLE_JOB:
                    continue
                self._here |= dict.fromkeys(job.messages.ids, "confirming")
        self._jobs |= set(names)


def _keys_of(letter: DeadLetter) -> tuple[str, str]:
    """The letter's idempotency key, and the same as it is stored; "" and "" for none."""
    key = letter.idempotency_key
    return key, hashed(key, letter.lane.account, letter.operation) if key else ""


class Past:
    """What the journal knows of letters that were here: how each of them left last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        #: UNIX ms of the last line that was read.
        self._until = 0
        #: Message id -> lane of the messages that were purged.
        self.purged: dict[str, str] = {}
        #: Ids of the messages that were replayed. One that is nowhere was delivered since: sent
        #: again, it would count twice.
        self.replayed: set[str] = set()

    def read_on(self) -> None:
        """Read the lines that were written since the last call."""
        # Those of the last ms may be read again: that changes nothing.
        for line in journal.read(self._store, self._until):
            self._until = line.at
            if isinstance(line, Act):
                self._note(line)

    def _note(self, line: Act) -> None:
        if line.act in ("purged", "imported", "erased", "replayed"):
            for message_id in line.ids:
                self.purged.pop(message_id, None)
            self.replayed -= line.ids
        if line.act == "purged":
            self.purged |= dict.fromkeys(line.ids, line.lane)
        elif line.act == "replayed":
            self.replayed |= line.ids
