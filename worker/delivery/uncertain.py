"""The messages that may have been sent and are not settled: the mark `sending` of a lane.

Before a request goes out, the stream ids of its messages are written to the lane's state; settling
removes them. So the next owner of a lane knows which messages a worker that died may have sent.
A message that is parked because the API does not show its contact stays uncertain: the mark is in
what it has been through (`Meta.asked`).

The mark names only messages for which a second delivery would matter: an operation that shares the
lane of another one is idempotent, and so are most messages of an idempotent operation.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from batchline.systems.operation import AmbiguousPolicy, EffectiveOperation
from batchline.worker.delivery.ledger import Step
from batchline.worker.store.batch import Batch
from batchline.worker.store.message_ids import stream_order

#: First and last stream id of neighbours in a lane, and how often the API's answer to a question
#: about each of them did not say whether the API took it.
Range = tuple[str, str, int]


class Uncertain:
    """The messages of one batch that may have been sent and are not settled.

    A message with a verdict stays uncertain until it is settled, for settling may fail.
    """

    def __init__(
        self,
        batch: Batch,
        policy: AmbiguousPolicy,
        mark: str = "",
        marked: bool = False,
        exempt: Collection[int] = (),
    ) -> None:
        """`mark`: the mark that a former owner wrote, or "".

        `marked`: whether this owner has written the mark of the whole batch, and sent nothing yet.
        `exempt`: messages for which a second delivery would not matter.
        """
        self._batch = batch
        self._policy = policy
        self._exempt = _that_share_the_lane(batch).union(exempt)
        #: 1 for each message that may have been sent.
        self._may_be_sent = bytearray(len(batch))
        #: The messages that a former owner, or this one in an earlier batch, may have sent.
        self.before: frozenset[int] = frozenset()
        #: 1 for each message that the mark in Redis names.
        self._written = bytearray(b"\1" if marked else b"\0") * len(batch)
        #: Index -> how often an answer did not say whether the API took that message.
        self.unanswered: dict[int, int] = {}
        #: Ranges of the mark that lie behind the batch.
        self._further: list[Range] = []
        if mark:
            self._read(mark)
        #: Index -> payload of the last question about it, of messages that were parked so.
        self.asked: dict[int, bytes] = {
            index: meta.asked.encode()
            for index, meta in batch.metas.items()
            if meta.asked and policy != "resend" and index not in self._exempt
        }
        for index in self.asked:
            self._may_be_sent[index] = 1
        self.before = frozenset(self)
        #: Those of them of which the answers to this batch's questions have left it open.
        self.left_open: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return 1 in self._may_be_sent

    def __contains__(self, index: int) -> bool:
        return bool(self._may_be_sent[index])

    def __iter__(self) -> Iterator[int]:
        index = self._may_be_sent.find(1)
        while index >= 0:
            yield index
            index = self._may_be_sent.find(1, index + 1)

    def own(self, indexes: Sequence[int]) -> Sequence[int]:
        """The messages among these for which a second delivery would matter."""
        if not self._exempt:
            return indexes
        return [index for index in indexes if index not in self._exempt]

    def add(self, own: Sequence[int]) -> bool:
        """Add messages (of `own`) that are about to be sent; True if Redis lacks their mark."""
        if self._policy == "resend":
            return False
        if isinstance(own, range) and own.step == 1:
            part = slice(own.start, own.stop)
            self._may_be_sent[part] = b"\1" * len(own)
            return 0 in self._written[part]
        unwritten = False
        for index in own:
            self._may_be_sent[index] = 1
            unwritten = unwritten or not self._written[index]
        return unwritten

    def apply(self, step: Step) -> None:
        """Note which messages a step has made certain, and of which the answers said nothing."""
        for index in step.certain:
            self._may_be_sent[index] = 0
        self.unanswered.update(step.unanswered)

    def forget(self, indexes: Iterable[int]) -> None:
        """Take messages out that are dropped: nobody is asked about them."""
        for index in indexes:
            self._may_be_sent[index] = 0
            self.asked.pop(index, None)

    def was_asked(self) -> None:
        """Note that the questions about earlier tries were asked, where any were."""
        if self.before:
            self.left_open = frozenset(self)

    def written(self) -> None:
        """Note that the mark was written to Redis."""
        self._written = bytearray(self._may_be_sent)

    def mark(self, among: Iterable[int] | None = None) -> str:
        """The mark of the uncertain messages, or of those `among` these; "" if there are none."""
        flags = self._may_be_sent
        if among is not None:
            flags = bytearray(len(flags))
            for index in among:
                flags[index] = self._may_be_sent[index]
        ranges = [*self._ranges(flags), *self._further]
        return json.dumps(ranges) if ranges else ""

    def _ranges(self, flags: bytearray) -> Iterator[Range]:
        ids, size = self._batch.ids, len(flags)
        first = flags.find(1)
        while first >= 0:
            end = flags.find(0, first)
            end = size if end < 0 else end
            start = first
            while self.unanswered and start < end:
                times, stop = self.unanswered.get(start, 0), start + 1
                while stop < end and self.unanswered.get(stop, 0) == times:
                    stop += 1
                yield ids[start].decode(), ids[stop - 1].decode(), times
                start = stop
            if start < end:
                yield ids[start].decode(), ids[end - 1].decode(), 0
            first = flags.find(1, end)

    def _read(self, mark: str) -> None:
        ranges: list[Range] = [
            (first, last, times[0] if times else 0)
            for first, last, *times in json.loads(mark or "[]")
        ]
        orders = [stream_order(id_.decode()) for id_ in self._batch.ids] if ranges else []
        for first, last, times in ranges:
            for index, order in enumerate(orders):
                inside = stream_order(first) <= order <= stream_order(last)
                if inside and self._policy != "resend" and index not in self._exempt:
                    self._may_be_sent[index] = 1
                    self.unanswered[index] = times
        self._written = bytearray(self._may_be_sent)
        self._further = [
            (first, last, times) for first, last, times in ranges if stream_order(last) > orders[-1]
        ]


def may_be_marked(operation: EffectiveOperation, batch: Batch) -> bool:
    """Whether the mark of the whole batch may be written before its requests are planned.

    If the worker then ends, `verify` asks the API about messages that nobody has sent; `hold` would
    make dead letters of them.
    """
    return operation.ambiguous == "verify" and not batch.metas


def mark_of(batch: Batch) -> str:
    """The mark of a whole batch."""
    return json.dumps([(batch.ids[0].decode(), batch.ids[-1].decode(), 0)])


def _that_share_the_lane(batch: Batch) -> frozenset[int]:
    """The messages of operations other than the lane's."""
    columns = batch.columns
    if not any(b'"op":' in options for options in set(columns.options)):
        return frozenset()
    return frozenset(
        index for index in range(len(batch)) if columns.item(index).operation != columns.operation
    )
