"""The table of the kinds of trouble: whatever can go wrong, in the words for people. Pure.

A new kind is a row here, a row of docs/operations.md, and a producer in
`tests/integration/test_every_trouble_is_told.py`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

WARNING, ERROR = logging.WARNING, logging.ERROR

#: How a trouble ends: the lane delivers again; a person resumes; the breaker closes, or the host is
#: reached; no more of it came for `stall_after` (of dead letters also: none of them is left); the
#: lane moves; the process itself sees the end; a person has seen the letters, or none is left.
Ends = Literal["lane", "resume", "breaker", "host", "quiet", "moves", "process", "seen"]

#: The state of a task in Flower.
Task = Literal["FAILURE", "SUCCESS", ""]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of trouble."""

    name: str
    level: int
    ends: Ends
    #: What is wrong, as in "default:event.add:0: WORDS".
    words: str
    #: What to do. `{scope}` is what the trouble is about; `{account}`, `{operation}`: parts of it.
    do: str
    #: Kinds that end when it is quiet: messages from which on it is told.
    least: int = 1
    #: The reason of the dead letters that it is about; or "".
    reason: str = ""
    #: What its number counts.
    counted: str = "wait"
    #: The state of the task that met it, in Flower; "": no task meets it.
    task: Task = "FAILURE"


def _letters(
    reason: str,
    level: int,
    words: str,
    do: str,
    then: str = "then: batchline dead replay {these}",
    least: int = 1,
    task: Task = "FAILURE",
) -> Kind:
    """The kind of a burst of dead letters. `then` follows the look at them, with `{these}`."""
    these = f"--reason {reason} --account {{account}}"
    end = "" if do.endswith("?") else "."
    do = f"{do}{end} Look: batchline dead list {these}; {then.replace('{these}', these)}"
    return Kind(reason, level, "quiet", words, do, least, reason, "dead letters", task)


#: What follows the look at letters that the API refused in words.
_MENDED = "read the API's words, batchline dead edit ID; then: batchline dead replay {these}"
#: Who can mend an API that fails.
_WHOM = (
    "if it lasts: see to the proxy or firewall on the way where the answer is not the API's own, "
    "else ask the vendor"
)

_KINDS = (
    Kind(
        "destination_failed",
        WARNING,
        "lane",
        "the API fails",
        f"nothing is lost, the lane tries again by itself until max_age; {_WHOM}",
    ),
    Kind(
        "host_unreachable",
        WARNING,
        "host",
        "the host of the API is not reached",
        "nothing is lost, one lane tries by itself; check the name, the network, the proxy, the "
        "certificate",
    ),
    Kind(
        "rate_limited",
        WARNING,
        "lane",
        "the API, or `limits`, lets nothing through for a long while",
        "nothing is lost, the lane goes on by itself until max_age; if it happens often, lower "
        "`limits` or ask the vendor for more; where others pass, its words may be about a value in "
        "the first message of the lane",
        task="SUCCESS",
    ),
    Kind(
        "fault",
        ERROR,
        "lane",
        "a fault of Batchline or of a plug-in",
        "report the place that it names; after the third time the guilty message is looked for, "
        "and becomes a dead letter `unprocessable`",
    ),
    Kind(
        "unreadable",
        ERROR,
        "lane",
        "an entry of the lane cannot be read",
        "update the workers if another version wrote it; after the third time it becomes a dead "
        "letter `unprocessable`",
    ),
    Kind(
        "newer_format",
        WARNING,
        "lane",
        "its next message was written by a newer version, and this worker leaves it to a newer one",
        "update the workers; the messages wait",
        task="SUCCESS",
    ),
    Kind(
        "unknown_account",
        ERROR,
        "lane",
        "its account is not in the settings of the workers",
        "put [accounts.{account}] back into the settings and restart the workers; the messages "
        "wait",
    ),
    Kind(
        "foreign",
        ERROR,
        "lane",
        "its account belongs to another system now than its messages are made for",
        "give {account} its former system back, under another name the new one; the messages wait",
    ),
    Kind(
        "plugin_missing",
        ERROR,
        "lane",
        "a worker knows no system with this operation",
        "install the plug-in, or the version, that has {operation} for every worker, and restart "
        "them; the messages wait",
    ),
    Kind(
        "stalled",
        ERROR,
        "moves",
        "it is due, and has not moved",
        "are there workers (`batchline config` on both sides: redis_url, broker_url, key_prefix)? "
        "do they end while they deliver it? the messages wait",
        task="",
    ),
    Kind(
        "job_stuck",
        ERROR,
        "moves",
        "a job is due to be asked about, and nobody asks",
        "are there workers, and do they end while they ask? the API has accepted its messages",
        task="",
    ),
    Kind(
        "credentials_refused",
        ERROR,
        "resume",
        "the API refuses the credentials, and the account is paused",
        "mend them, restart the workers, then batchline resume {scope}",
    ),
    Kind(
        "flood_guarded",
        ERROR,
        "resume",
        "nearly everything is rejected, and the lane is paused",
        "batchline dead list --reason rejected --account {account} shows the API's words; mend the "
        "cause, then batchline resume {scope}",
    ),
    Kind(
        "paused",
        WARNING,
        "resume",
        "it is paused by a person",
        "batchline resume {scope} when it may go on",
        task="",
    ),
    Kind(
        "breaker_open",
        WARNING,
        "breaker",
        "so much of the operation fails that its lanes stay away",
        f"nothing is lost, one lane probes by itself; {_WHOM}",
    ),
    Kind(
        "suspected",
        WARNING,
        "quiet",
        "the API fails on messages alone, and takes others: they are set aside",
        "wait: each is tried again by itself, and becomes a dead letter `poison` if the API fails "
        "on it for `suspects.until`; later ones of its contact wait behind it",
        counted="set aside",
        task="",
    ),
    _letters(
        "rejected",
        WARNING,
        "the API refuses many messages",
        "mend what makes these messages",
        _MENDED,
        least=10,
    ),
    _letters(
        "invalid",
        WARNING,
        "the API took many contacts, and calls them invalid",
        "mend what makes these messages",
        _MENDED,
        least=10,
        task="SUCCESS",
    ),
    _letters(
        "contact_missing",
        WARNING,
        "the contacts of many messages never appeared",
        "are their upserts delivered?",
        least=10,
    ),
    _letters(
        "poison",
        ERROR,
        "messages make the API fail, and are set aside",
        "mend them (batchline dead edit ID), or ask the vendor",
    ),
    _letters(
        "blocked",
        ERROR,
        "something before the API, such as a firewall, refuses some messages",
        "mend what it objects to, or have it allowed",
    ),
    _letters(
        "expired",
        ERROR,
        "the API failed until messages were older than max_age",
        "wait until the API works again",
    ),
    _letters(
        "ambiguous",
        WARNING,
        "nobody knows whether the API took some messages",
        "look at the API whether it has them",
        "then, each: batchline dead replay ID where it has not, batchline dead purge ID where it "
        "has",
    ),
    _letters(
        "unprocessable",
        ERROR,
        "messages on which Batchline or a plug-in fails are set aside",
        "report the place that they name",
        "with a mended version: batchline dead replay {these}",
    ),
    Kind(
        "unseen",
        WARNING,
        "seen",
        "messages were given up on, and nobody has seen it",
        "batchline dead list shows them, and why; replay or purge them, or leave them there, and "
        "say so: batchline dead seen",
        counted="dead letters",
        task="",
    ),
    Kind(
        "malformed",
        ERROR,
        "quiet",
        "something that is no lane or no message is set aside",
        "who else writes to this Redis? the hash `set_aside` keeps it",
        counted="members",
        task="",
    ),
    Kind(
        "miscounted",
        WARNING,
        "quiet",
        "the API took messages, and counts other numbers of them than it was sent",
        "the messages count as delivered, for none of them is named as failed; look at some of "
        "these contacts there (`batchline trace ID` shows the batch): is anything missing, or is "
        "the vendor's count off in general?",
        counted="messages in such requests",
        task="SUCCESS",
    ),
    Kind(
        "times_lost",
        ERROR,
        "quiet",
        "messages outside their lanes, or open jobs, had lost their times in Redis",
        "who else writes to this Redis, or was a part of it restored? they have a time again, "
        "most of them now; nothing else is to be done",
        counted="found again",
        task="",
    ),
    Kind(
        "unconfirmed",
        WARNING,
        "quiet",
        "jobs got no result that confirms their messages",
        "the API accepted the messages; look at some of these contacts there",
        counted="messages",
    ),
    Kind(
        "job_file_refused",
        ERROR,
        "quiet",
        "the result of a job lies at a host from which none is fetched",
        "if the host is the vendor's, add it to `jobs.hosts` of {account} and restart the workers",
        counted="times",
        task="SUCCESS",
    ),
    Kind(
        "job_failed",
        ERROR,
        "quiet",
        "asking about a job fails here",
        "mend what it names; if it names a place in the code, report it; the job is asked about "
        "again each minute",
        counted="times",
    ),
    Kind(
        "job_foreign",
        ERROR,
        "quiet",
        "a job is of another system than its account is of now, and nobody asks about it",
        "give {account} its former system back, under another name the new one; the API has "
        "accepted the messages, and the job waits",
        counted="times",
    ),
    Kind(
        "lease_lost",
        WARNING,
        "quiet",
        "a worker lost its lease while it delivered, and another one goes on",
        "does the machine sleep, or lack CPU? a longer `lease` helps; messages that may have been "
        "sent are handled as ambiguous",
        counted="messages",
    ),
    Kind(
        "results_unread",
        WARNING,
        "moves",
        "results are not read, and are dropped in the end",
        "does its loop run? batchline results --groups tells how far it is; for a webhook it is "
        "batchline results --to ACCOUNT --follow; results_length says how many are kept; a group "
        "that nobody reads any more: batchline results --forget GROUP",
        counted="unread",
        task="",
    ),
    Kind(
        "results_lost",
        ERROR,
        "quiet",
        "results were dropped before they were read",
        "read faster, or raise results_length; batchline trace and batchline dead list tell what "
        "became of the messages",
        counted="results",
        task="",
    ),
    Kind(
        "redis_away",
        WARNING,
        "process",
        "Redis does not answer, or is full",
        "nothing is lost, workers go on by themselves when it is back; see to the server, or to "
        "redis_url",
        task="",
    ),
)

#: Name -> kind.
KINDS = {kind.name: kind for kind in _KINDS}
#: Reason of dead letters -> the kind of a burst of them.
OF_REASON = {kind.reason: kind for kind in _KINDS if kind.reason}
