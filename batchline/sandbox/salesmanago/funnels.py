"""funnel/add, funnel/addContact and funnel/delete."""

from __future__ import annotations

from batchline.sandbox.bodies import JsonObject, as_text, objects
from batchline.sandbox.checks import Check, all_of, array, flag, record, text, whole
from batchline.sandbox.contract import Answer, Item, Outcome, ours
from batchline.sandbox.salesmanago import addressees
from batchline.sandbox.salesmanago.account import Funnel
from batchline.sandbox.salesmanago.methods import OWNER, CheckedRequest, Method, body_of, reply

# The documents give no length of a name.
_FUNNEL: dict[str, Check] = {**OWNER, "funnel": text(shortest=1)}
_STAGE: dict[str, Check] = {"stage": text(shortest=1)}


def _number(value: object) -> str | None:
    return None if type(value) in (int, float) else ": must be a number"


def _sequence(body: object) -> str | None:
    """Stages in order: "values ... should form a sequence of 1,2,3…number of stages"."""
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
    name = as_text(body.get("funnel"))
    return [Item(name, name)]


def _many(body: JsonObject) -> list[Item]:
    return addressees.items(body, f"{as_text(body.get('funnel'))}/{as_text(body.get('stage'))}")


def _add(request: CheckedRequest) -> Answer:
    name = request.body["funnel"]
    if name in request.account.funnels:
        return request.refuse("funnel: exists already")
    stages = sorted(request.body["stages"], key=lambda stage: int(stage["order"]))
    request.account.funnels[name] = Funnel([stage["name"] for stage in stages])
    return request.accept(f"Funnel {name} was added.")


def _add_contact(request: CheckedRequest) -> Answer:
    """Add contacts to a stage: `addedContacts` is contactId -> true.

    It leaves out missing contacts, which have no contactId; the documents do not say more.
    """
    funnel, stage = request.account.funnels.get(request.body["funnel"]), request.body["stage"]
    if funnel is None or stage not in funnel.stages:
        return request.refuse("funnel, stage: unknown")
    added: dict[str, bool] = {}
    outcomes: list[Outcome] = []
    for _, contacts in list(addressees.with_contacts(request.account, request.body["contacts"])):
        funnel.contacts |= {contact.id: stage for contact in contacts}
        added |= {contact.id: True for contact in contacts}
        outcomes.append(Outcome.APPLIED if contacts else Outcome.MISSING)
    return Answer(reply(True, addedContacts=added), outcomes)


def _delete(request: CheckedRequest) -> Answer:
    """Delete a funnel or a stage, here at once; the answer to an unknown one is not documented."""
    name, stage = request.body["funnel"], request.body.get("stage")
    if not stage:
        request.account.funnels.pop(name, None)
        return request.accept(ours("Specified funnel will be deleted in a few seconds"))
    funnel = request.account.funnels.get(name)
    if funnel is not None and stage in funnel.stages:
        funnel.stages.remove(stage)
        funnel.contacts = {one: at for one, at in funnel.contacts.items() if at != stage}
    return request.accept("Specified funnel stage will be deleted in a few seconds")


METHODS = [
    Method("funnel/add", "funnel.add", _ADD, _add, _named),
    Method("funnel/addContact", "funnel.add_contact", _ADD_CONTACT, _add_contact, _many),
    Method("funnel/delete", "funnel.delete", _DELETE, _delete, _named),
]
