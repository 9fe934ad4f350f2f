"""Whose fault a failure is: the smallest thing that explains it. Pure.

| scope     | evidence                                              | what waits              |
|-----------|-------------------------------------------------------|-------------------------|
| message   | it fails alone while others pass; the API's refusal   | the message             |
| operation | 5xx, no answer in time, an answer nobody can read     | the operation's lanes   |
| account   | credentials refused, and refused again when asked     | the account, for people |
| host      | no connection: refused, no DNS, TLS, connect timeout  | the lanes of the host   |
| ourselves | an exception of ours (`fault.py`)                     | the lane                |

A failure of the operation may be the fault of one message that makes the API fail. So, after some
failures in a row, only the first messages of the lane are sent (the *trial*), and after a failure a
few others (the *witnesses*). If a witness passes, the fault is in the trial, which is halved from
batch to batch; a message, or a merged item, that fails alone is `Suspected`. Else it is the fault
of the operation. Where the API has to be asked first what it took, the trial waits for that outside
the lane (`aside.py`), and others go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from batchline.systems.columns import messages
from batchline.systems.requests import Endpoint, Request
from batchline.systems.verdicts import (
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
)
from batchline.worker.store.lease import NOBODY, Suspicion

Scope = Literal["message", "operation", "account", "host"]
#: Failures in a row after which the fault of a lane may be that of one of its messages.
SUSPECT_AFTER = 3
#: Failures in a row after which witnesses are believed no more, where other lanes pass.
PATIENCE = 10
#: Witnesses that are asked at most: two of three are not guilty too by chance.
WITNESSES = 3


def scope_of(outcome: Outcome) -> Scope | None:
    """The scope that an outcome speaks of by itself; None for a success."""
    match outcome:
        case DestinationFailed(unreachable=True):
            return "host"
        case DestinationFailed(blocked=True) | Refused():
            return "message"
        case DestinationFailed():
            return "operation"
        case CredentialsRefused():
            return "account"
    return None


def may_be_a_message(failure: DestinationFailed) -> bool:
    """Whether the failure may be the fault of one message of the request.

    Not where the host was not reached, where the status says that a rate limit refused, or where
    the API named the time after which it is back.
    """
    is_told = (failure.throttled and not failure.in_words) or failure.retry_after is not None
    return not failure.unreachable and not is_told


class Evidence:
    """What the answers to a batch's requests say about whose fault a failure is."""

    def __init__(self) -> None:
        #: Requests that the API answered, for messages that stand before and behind the guilty.
        self.passed = 0
        #: The methods of the API that answered, and those that failed.
        self.answering: set[Endpoint] = set()
        self.failing: set[Endpoint] = set()
        #: The failure that may be the fault of a message, and the messages of its request: of
        #: several, the one nearest to the head of the lane.
        self.failure: DestinationFailed | None = None
        self.accused: Sequence[int] = ()
        #: Indexes of the first messages of its items, for a merged item is tried as a whole.
        self.firsts: Sequence[int] = ()
        #: The messages of each such request, and its failure's detail.
        self.failed: list[tuple[Sequence[int], str]] = []

    def note(self, request: Request, outcome: Outcome) -> None:
        """Take an outcome into account."""
        if isinstance(outcome, Judged | Refused):
            self.passed += 1
            self.answering.add(request.endpoint)
        elif isinstance(outcome, DestinationFailed) and may_be_a_message(outcome):
            self.failing.add(request.endpoint)
            firsts = [item.messages[0] for item in request.items]
            self.failed.append((messages(request.items), outcome.detail))
            if not self.firsts or min(firsts) < min(self.firsts):
                self.failure, self.firsts = outcome, firsts
                self.accused = messages(request.items)


@dataclass(frozen=True, slots=True)
class Finding:
    """Whose fault the failure of a batch was, as far as it can be said by now."""

    suspicion: Suspicion = NOBODY
    #: Whether it is the fault of a message: others passed.
    is_message: bool = False
    #: The failure's detail, if it is the fault of the item that failed alone; or "".
    guilty: str = ""


NOTHING = Finding()


def find(
    before: Suspicion,
    evidence: Evidence,
    still_open: Sequence[int],
    attempts: int,
    tried_before: bool,
    stopped: bool,
    has_witnesses: bool,
    passed_since: bool = False,
    on_trial: bool = False,
) -> Finding:
    """Whose fault it is that a batch failed, or whom its success acquits.

    `still_open`: the messages that stay in the lane, in order. `attempts`: failures in a row before
    this batch. `tried_before`: whether the first of them was `Suspected` before. `stopped`: whether
    the batch was stopped, by this failure or anything else. `has_witnesses`: whether others could
    be sent to see whether they pass, and not always the same few; if not, those count that passed
    since the search began, or (`passed_since`) since the lane, or a message that comes back, was
    tried before. `on_trial`: whether all that failed had been set aside for a trial before.
    """
    failure = evidence.failure
    if failure is None:
        rest = max(0, before.window - before.trial)
        return Finding(before if stopped else Suspicion(rest, others_passed=rest > 0))
    last = max(evidence.firsts)
    window = sum(index <= last for index in still_open)
    is_searched = before.window > 0 or on_trial or failure.blocked
    is_due = is_searched or tried_before or attempts + 1 >= SUSPECT_AFTER
    if not is_due or not window:
        return Finding(before)
    # Lanes take turns at a rate limit: others have to pass beside the message at first.
    passed_since = passed_since and (tried_before or on_trial or not failure.in_words)
    earlier = before.others_passed or passed_since
    # Witnesses that fail again and again, while other lanes pass, may all be guilty.
    are_doubtful = not has_witnesses or (passed_since and attempts >= PATIENCE)
    others_passed = evidence.passed > 0 or (earlier and are_doubtful)
    if not others_passed:
        return Finding(replace(before, window=before.window or window))
    is_alone = len(evidence.firsts) == 1 and (window == 1 or on_trial)
    if is_alone and (is_searched or tried_before):
        return Finding(Suspicion(1, others_passed=True), is_message=True, guilty=failure.detail)
    return Finding(Suspicion(window, others_passed=True), is_message=is_searched)


def poison(detail: str, times: int) -> Dead:
    """The verdict on a message that is given up after so many tries by itself."""
    return Dead("poison", f"{detail}; {times} times alone, while others were taken")
