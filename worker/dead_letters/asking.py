"""Asks the API about a dead letter, and what follows from its answers for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batchline.producers.errors import WrongSystem
from batchline.producers.settings import Settings
from batchline.systems.columns import Columns, Item
from batchline.systems.question import CONTACT_THERE, WAIT
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.delivery.asking import Asker
from batchline.worker.delivery.inquiring import TOOK, WORDS, Inquired, Inquirer

#: Questions about one letter at most.
MOST = 10
#: Reason of a letter, question, answer -> what a person can do.
ADVICE = {
    ("ambiguous", TOOK, True): "The API has it: purge it.",
    ("ambiguous", TOOK, False): "The API does not have it: replay it.",
    ("contact_missing", CONTACT_THERE, True): "Its contact is there by now: replay it.",
    ("contact_missing", CONTACT_THERE, False): "Its contact is still not there: upsert it first.",
}


def about_letter(letter: DeadLetter, settings: Settings) -> list[Inquired]:
    """The questions about the letter, with the API's answers.

    Raises UnknownAccount, and WrongSystem for a letter that was made for another system than its
    account is of by now.
    """
    account = settings.account(letter.lane.account)
    if letter.system and letter.system != account.system:
        raise WrongSystem(letter.operation, letter.system, letter.lane.account, account.system)
    with Asker(settings, letter.lane.account, WAIT) as asker:
        return Inquirer(asker, MOST).about(item_of(letter))


def item_of(letter: DeadLetter) -> Item:
    """The letter's message as a worker would send it."""
    row = (letter.contact, letter.options, letter.payload.encode())
    return Columns.of(letter.lane.operation, [row]).item(0)


#: Of a message about which only what it names can be asked.
NOBODY_KNOWS = (
    "Nobody can be asked whether this one was sent: the API has no such question, and the answers "
    "above are about what the message names. If it was, a replay sends it a second time."
)


def told(letter: DeadLetter, asked: Sequence[Inquired]) -> Iterator[str]:
    """The answers for people, and what to do."""
    if not asked:
        yield "The API cannot be asked about such a message."
    for one in asked:
        why = f": {one.detail}" if one.detail else ""
        yield f"{one.asks} {WORDS[one.says]} ({one.method}){why}"
    for one in asked:
        if one.says is not None and (letter.reason, one.asks, one.says) in ADVICE:
            yield ADVICE[letter.reason, one.asks, one.says]
    if letter.reason == "ambiguous" and asked and all(one.asks != TOOK for one in asked):
        yield NOBODY_KNOWS
