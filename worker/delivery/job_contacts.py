"""Which contacts are in which open job, as a process has once read it: a job does not change."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable

#: Jobs remembered at most: a job holds some thousand contacts, of 8 bytes each.
MOST_JOBS = 1000


class JobContacts:
    """The contacts of jobs, as hashes; used by several threads.

    Two contacts of one hash are taken for each other: then one of them waits without need.
    """

    def __init__(self, most: int = MOST_JOBS) -> None:
        self._most = most
        self._lock = threading.Lock()
        #: Job -> the hashes of its contacts, sorted.
        self._hashes: dict[str, array[int]] = {}

    def find(
        self, jobs: Collection[str], start: str, asked: Collection[str]
    ) -> tuple[set[str], list[str]]:
        """Those asked about that are in one of these jobs, and the jobs that it does not know.

        These are all that are open of those whose names begin with `start`: it forgets the others.
        """
        with self._lock:
            ended = [one for one in self._hashes if one.startswith(start)]
            for one in set(ended).difference(jobs):
                del self._hashes[one]
            known = [self._hashes[one] for one in jobs if one in self._hashes]
            unknown = [one for one in jobs if one not in self._hashes]
        found: set[str] = set()
        for hashes in known:
            found |= _among(hashes, asked)
        return found, unknown

    def add(self, job: str, contacts: Iterable[str], asked: Collection[str]) -> set[str]:
        """Remember the job's contacts, if there is room; return those asked about among them."""
        hashes = array("q", sorted(map(hash, contacts)))
        with self._lock:
            if len(self._hashes) < self._most:
                self._hashes[job] = hashes
        return _among(hashes, asked)


def _among(hashes: array[int], asked: Collection[str]) -> set[str]:
    found = set()
    for contact in asked:
        wanted = hash(contact)
        place = bisect_left(hashes, wanted)
        if place < len(hashes) and hashes[place] == wanted:
            found.add(contact)
    return found
