"""Scripts per message: what each request that contains a certain item is answered, in turn."""

from __future__ import annotations

from collections.abc import Sequence

from batchline.sandbox.contract import Item
from batchline.sandbox.faults import Fault, FaultError


class Scripts:
    """Answers still to give, by item id. The last answer of a script goes on for ever.

    So `[500, 500, 200]` fails twice and then leaves the item in peace, and `["reject"]` makes a
    poison item: every request that contains it is refused as a whole.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, list[Fault | None]] = {}

    def add(self, item_id: str, answers: object) -> None:
        """Set an item's script: statuses (200: answered as usual), kinds, or whole faults.

        `item_id` is the id that the ledger shows for the item. Raises `FaultError`.
        """
        if not isinstance(answers, list) or not answers:
            raise FaultError("answers: a list of statuses, kinds or faults, at least one")
        self.waiting[item_id] = [_answer(answer) for answer in answers]

    def take(self, items: Sequence[Item]) -> tuple[Fault, int] | None:
        """The next answer for a request with these items, and the place of the item that gave it.

        Every scripted item inside uses up one answer; the first that is not 200 counts.
        """
        if not self.waiting:
            return None
        found: tuple[Fault, int] | None = None
        for index, item in enumerate(items):
            answers = self.waiting.get(item.id)
            if not answers:
                continue
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if answer is not None and found is None:
                found = answer, index
        return found


def _answer(answer: object) -> Fault | None:
    if answer == 200:
        return None
    if isinstance(answer, int):
        return Fault.from_json({"kind": "status", "status": answer})
    fault = Fault.from_json({"kind": answer} if isinstance(answer, str) else answer)
    if not fault.ends_exchange:
        raise FaultError(f"answers: {fault.kind} is no answer")
    return fault
