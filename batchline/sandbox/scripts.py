"""Scripts of items: the answers to requests that contain a certain item, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from batchline.sandbox.contract import Item
from batchline.sandbox.faults import Fault, FaultError


class Scripts:
    """Item id -> answers still to give. The last answer of a script is given for ever.

    So `[500, 500, 200]` fails twice and then no more, and `["reject"]` makes a poison item: every
    request that contains it is refused as a whole.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, list[Fault | None]] = {}

    def add(self, item_id: str, answers: object) -> None:
        """Set an item's script: statuses (200: the usual answer), kinds, or whole faults.

        `item_id` is the item's id in the ledger. Raises FaultError.
        """
        if not isinstance(answers, list) or not answers:
            raise FaultError("answers: a list of statuses, kinds or faults, at least one")
        self.waiting[item_id] = [_answer(answer) for answer in answers]

    def take(self, items: Sequence[Item]) -> tuple[Fault, int] | None:
        """The next answer for a request with these items, and the index of the item that gave it.

        Every item with a script uses up one answer; the first answer that is not 200 counts.
        """
        if not self.waiting:
            return None
        result: tuple[Fault, int] | None = None
        for index, item in enumerate(items):
            answers = self.waiting.get(item.id)
            if not answers:
                continue
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if answer is not None and result is None:
                result = answer, index
        return result


def _answer(answer: object) -> Fault | None:
    if answer == 200:
        return None
    if isinstance(answer, int):
        return Fault.from_json({"kind": "status", "status": answer})
    fault = Fault.from_json({"kind": answer} if isinstance(answer, str) else answer)
    if not fault.ends_exchange:
        raise FaultError(f"answers: {fault.kind} is no answer")
    return fault
