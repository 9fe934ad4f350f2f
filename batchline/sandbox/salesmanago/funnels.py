"""funnel/add, funnel/addContact and funnel/delete."""

from __future__ import annotations

from batchline.sandbox.bodies import JsonObject, objects, word
from batchline.sandbox.checks import Check, all_of, array, flag, record, text, whole
from batchline.sandbox.contract import Answer, Item, Outcome, ours
from batchline.sandbox.salesmanago import addressees
from batchline.sandbox.salesmanago.account import Funnel
from batchline.sandbox.salesmanago.methods import OWNER, Method, Turn, body_of, reply

# Names have no documented length.
_FUNNEL: dict[str, Check] = {**OWNER, "funnel": text(shortest=1)}
_STAGE: dict[str, Check] = {"stage": text(shortest=1)}


def _number(value: object) -> str | None:
    return None if type(value) in (int, float) else ": must be a number"


def _sequence(body: object) -> str | None:
    """ "the values of the sequence should form a sequence of 1,2,3…number of stages" """
    stages = body.get("stages") if type(body) is dict else None
    orders = sorted(stage["order"] for stage in objects(stages))
    fits = orders == list(range(1, len(orders) + 1))
    return None if fits else ".stages: order must be 1, 2, 3 ... number of stages"


_ONE_STAGE = record({"name": text(255, shortest=3), "order": whole(1)}, required=("name", "order"))
_ADD = all_of(
    body_of(
        {**_FUNNEL, "group": text(), "potValue": _number, "stages": array(_ONE_STAGE, 1)},
        required=("funnel", "stages"),
    ),
    _sequence,
)
# "the email address of the contact, its ID, tag or funnel"
_CONTACTS = addressees.addressees(("EMAIL", "CONTACT_ID", "TAG", "FUNNEL"), {})
_ADD_CONTACT = body_of(
    {**_FUNNEL, **_STAGE, "potValue": _number, "modify": flag, "contacts": array(_CONTACTS, 1)},
    required=("funnel", "stage", "contacts"),
)
_DELETE = body_of({**_FUNNEL, **_STAGE}, required=("funnel",))


def _named(body: JsonObject) -> list[Item]:
    name = word(body.get("funnel"))
    return [Item(name, name)]


def _many(body: JsonObject) -> list[Item]:
    return addressees.items(body, f"{word(body.get('funnel'))}/{word(body.get('stage'))}")


def _add(turn: Turn) -> Answer:
    name = turn.body["funnel"]
    if name in turn.account.funnels:
        return turn.refuse("funnel: exists already")
    stages = sorted(turn.body["stages"], key=lambda stage: int(stage["order"]))
    turn.account.funnels[name] = Funnel([stage["name"] for stage in stages])
    return turn.accept(f"Funnel {name} was added.")


def _add_contact(turn: Turn) -> Answer:
    """`addedContacts` by contactId: what it says of contacts that do not exist is not documented,
    and they have no contactId."""
    funnel, stage = turn.account.funnels.get(turn.body["funnel"]), turn.body["stage"]
    if funnel is None or stage not in funnel.stages:
        return turn.refuse("funnel, stage: unknown")
    added: dict[str, bool] = {}
    outcomes: list[Outcome] = []
    for _, contacts in list(addressees.found(turn.account, turn.body["contacts"])):
        funnel.contacts |= {contact.id: stage for contact in contacts}
        added |= {contact.id: True for contact in contacts}
        outcomes.append(Outcome.APPLIED if contacts else Outcome.MISSING)
    return Answer(reply(True, addedContacts=added), outcomes)


def _delete(turn: Turn) -> Answer:
    """ "in a few seconds": here at once. What it says to unknown ones is not documented."""
    name, stage = turn.body["funnel"], turn.body.get("stage")
    if not stage:
        turn.account.funnels.pop(name, None)
        return turn.accept(ours("Specified funnel will be deleted in a few seconds"))
    funnel = turn.account.funnels.get(name)
    if funnel is not None and stage in funnel.stages:
        funnel.stages.remove(stage)
        funnel.contacts = {one: at for one, at in funnel.contacts.items() if at != stage}
    return turn.accept("Specified funnel stage will be deleted in a few seconds")


METHODS = [
    Method("funnel/add", "funnel.add", _ADD, _add, _named),
    Method("funnel/addContact", "funnel.add_contact", _ADD_CONTACT, _add_contact, _many),
    Method("funnel/delete", "funnel.delete", _DELETE, _delete, _named),
]
