"""Messages of which nobody knows whether the API took them: held, sent again, or asked about."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from batchline.systems.columns import Item, Run
from batchline.systems.operation import AmbiguousPolicy, EffectiveOperation
from batchline.systems.requests import Request
from batchline.systems.verdicts import Behind, Verdict
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.interpret import Rules, interpret_question
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


@dataclass(frozen=True, slots=True)
class Questions:
    """Asks the API about messages of one batch."""

    rules: Rules
    ledger: Ledger
    uncertain: Uncertain
    sender: Sender

    def resolve(self, batch: Batch) -> Parked:
        """Hold the messages that a former owner may have sent, or ask the API about them.

        Returns those that are parked, to be asked about again.
        """
        if not self.uncertain or self.rules.policy == "resend":
            return ()
        if self.rules.policy == "hold":
            self.ledger.hold(list(self.uncertain), CRASHED)
            for index in self.uncertain.asked:
                self.ledger.hold([index], batch.metas[index].last_detail())
            return ()
        asked = {
            index: replace(batch.columns.item(index), payload=payload)
            for index, payload in self.uncertain.asked.items()
        }
        return self._ask(self.rules.verify(Run(batch.columns, list(self.uncertain), asked)))

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
        """Ask these questions, and carry out what follows; the items that are parked."""
        questions, parked = deque(requests), list[tuple[Item, Verdict | Behind]]()
        while questions and self.ledger.stop is None:
            for sent in self.sender.ask(questions.popleft(), self.ledger):
                step = self._interpreted(sent) if isinstance(sent, Answered) else Step(stop=sent)
                self.ledger.apply(step)
                # Where the API refuses repeats, it stays in question whether it took a message.
                self.uncertain.apply(replace(step, certain=()) if self.rules.tried else step)
                parked += step.parked
                questions.extendleft(reversed(step.ask))
        return parked

    def _interpreted(self, sent: Answered) -> Step:
        uncertain, verify_after = self.uncertain, self.rules.verify_after
        return interpret_question(
            sent.request, sent.outcome, uncertain.unanswered, verify_after, time.time()
        )
