"""Messages of which nobody knows whether the API took them: held, sent again, or asked about."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from batchline.systems.columns import Item, Run, contacts
from batchline.systems.operation import AmbiguousPolicy, EffectiveOperation
from batchline.systems.requests import Request
from batchline.systems.verdicts import (
    Behind,
    DestinationFailed,
    Outcome,
    Refused,
    Verdict,
    Verified,
    VerifyLater,
)
from batchline.worker.delivery import blame
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.interpret import Rules, about_fewer, interpret_question
from batchline.worker.delivery.ledger import Ledger, Step
from batchline.worker.delivery.sender import Answered, Sender
from batchline.worker.delivery.uncertain import Uncertain
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease

#: Detail of a dead letter whose message a worker that ended may have sent.
CRASHED = "a worker ended between sending and settling"
#: Items that are parked, and why: others of their contacts may have to wait behind them.
Parked: TypeAlias = Sequence[tuple[Item, Verdict | Behind]]


def policy_of(
    context: AccountContext, operation: EffectiveOperation, batch: Batch
) -> tuple[AmbiguousPolicy, Collection[int]]:
    """The batch's policy for what is ambiguous, and the messages that are sent again all the same.

    If the settings name no policy, messages whose second delivery matters are held.
    """
    record = context.account.known_operations[batch.lane.operation]
    if operation.ambiguous_is_set or record.repeats_matter is None:
        return operation.ambiguous, ()
    matters = record.repeats_matter(batch.columns, context.account)
    if not matters:
        return operation.ambiguous, ()
    return "hold", [index for index in range(len(batch)) if index not in matters]


def uncertain_of(
    context: AccountContext,
    lease: Lease,
    batch: Batch,
    policy: AmbiguousPolicy,
    exempt: Collection[int],
) -> Uncertain:
    """The messages that may have been sent; where the API refuses repeats, all are marked."""
    refuses_repeats = context.account.known_operations[batch.lane.operation].refuses_repeats
    policy = "verify" if refuses_repeats else policy
    return Uncertain(batch, policy, lease.mark, lease.marked, exempt)


@dataclass(slots=True)
class Questions:
    """Asks the API about messages of one batch."""

    rules: Rules
    ledger: Ledger
    uncertain: Uncertain
    sender: Sender
    batch: Batch
    lease: Lease
    #: Whether the API has answered a question of this batch.
    _answers: bool = False

    def resolve(self) -> Parked:
        """Hold the messages that a former owner may have sent, or ask the API about them.

        Returns those that are parked, to be asked about again.
        """
        if not self.uncertain or self.rules.policy == "resend":
            return ()
        if self.rules.policy == "hold":
            self.ledger.hold(list(self.uncertain), CRASHED)
            for index in self.uncertain.asked:
                self.ledger.hold([index], self.batch.metas[index].last_detail())
            return ()
        columns, unanswered = self.batch.columns, self.uncertain.unanswered
        asked = {
            index: replace(columns.item(index), payload=payload)
            for index, payload in self.uncertain.asked.items()
        }
        # What the API had no answer about is asked last: it takes no other's answer along.
        fresh = [index for index in self.uncertain if not unanswered.get(index)]
        again = [index for index in self.uncertain if unanswered.get(index)]
        runs = [Run(columns, indexes, asked) for indexes in (fresh, again) if indexes]
        return self._ask([question for run in runs for question in self.rules.verify(run)])

    def answered(self, step: Step) -> Step:
        """The step of a refused message that an earlier try may have delivered.

        The API is asked first. The step's verdict counts if it has not taken the message; without
        an answer the message stays uncertain.
        """
        parked = self._ask(step.ask)
        if self.ledger.stop is not None:
            return replace(step, verdicts={}, parked=parked)
        left = {index: one for index, one in step.verdicts.items() if self.ledger.is_open(index)}
        return replace(step, verdicts=left, parked=parked)

    def _ask(self, requests: Collection[Request]) -> Parked:
        """Ask these questions, and carry out what follows; the items that are parked.

        What has to be asked again later stops the batch; where the API answers about others, when
        all questions have been asked.
        """
        questions, parked = deque(requests), list[tuple[Item, Verdict | Behind]]()
        later: VerifyLater | None = None
        while questions and self.ledger.stop is None:
            for sent in self.sender.ask(questions.popleft(), self.ledger):
                step = self._interpreted(sent) if isinstance(sent, Answered) else Step(stop=sent)
                if isinstance(step.stop, VerifyLater) and self._answers:
                    later, step = later or step.stop, replace(step, stop=None)
                self.ledger.apply(step)
                # Where the API refuses repeats, it stays in question whether it took a message.
                self.uncertain.apply(replace(step, certain=()) if self.rules.tried else step)
                parked += step.parked
                questions.extendleft(reversed(step.ask))
        self.ledger.apply(Step(stop=later))
        return parked

    def _interpreted(self, sent: Answered) -> Step:
        request, outcome = sent.request, sent.outcome
        unanswered, verify_after = self.uncertain.unanswered, self.rules.verify_after
        if isinstance(outcome, DestinationFailed) and self._fails_on_contacts(request, outcome):
            detail = f"the API has no answer about its contact: {outcome.detail}"
            return replace(about_fewer(request, detail, unanswered, verify_after), answered=0)
        self._answers = self._answers or _is_answer(outcome)
        return interpret_question(request, outcome, unanswered, verify_after, time.time())

    def _fails_on_contacts(self, request: Request, failure: DestinationFailed) -> bool:
        """Whether the API fails on the contacts of this question, and answers about others.

        As with messages (`blame.py`), that is asked when the lane has failed a few times. Where
        the batch has no other contact, it counts whether other lanes of the operation passed.
        """
        lasts = self.lease.attempts + 1 >= blame.SUSPECT_AFTER
        if not lasts or failure.too_large or not blame.may_be_a_message(failure):
            return False
        if self._answers:
            return True
        witnesses = self._witnesses(request)
        self._answers = any(map(self._answers_about, witnesses))
        if witnesses:
            return self._answers
        return 0 < self.lease.failed_at < self.lease.passed_at

    def _witnesses(self, request: Request) -> list[int]:
        """A few messages of different contacts, about which a question changes nothing.

        They are drawn anew each time, and are none about which there was no answer before. If the
        question is about one contact, they are of others.
        """
        columns, asked = self.batch.columns, set(contacts(request.items))
        unanswered = [index for index, times in self.uncertain.unanswered.items() if times]
        never = {columns.contacts[index] for index in unanswered}
        never |= asked if len(asked) == 1 else set()
        others = {
            contact: index
            for index, contact in enumerate(columns.contacts)
            if contact not in never and columns.item(index).operation == self.rules.operation
        }
        return random.sample(list(others.values()), min(blame.WITNESSES, len(others)))

    def _answers_about(self, index: int) -> bool:
        """Whether the API answers a question about this message, whatever it says."""
        return any(
            isinstance(sent, Answered) and _is_answer(sent.outcome)
            for question in self.rules.verify([self.rules.item(index)])
            for sent in self.sender.ask(question, self.ledger)
        )


def _is_answer(outcome: Outcome) -> bool:
    return isinstance(outcome, Verified | Refused)
