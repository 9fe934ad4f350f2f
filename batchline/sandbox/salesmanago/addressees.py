"""Contacts by addresseeType and value, as the methods for many contacts take them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from batchline.sandbox.bodies import JsonObject, as_text, objects
from batchline.sandbox.checks import Check, email, one_of, record, text, uuid
from batchline.sandbox.contract import Item
from batchline.sandbox.salesmanago.account import Account, Contact, contact_key
from batchline.sandbox.salesmanago.upserts import adjusted_tag

KINDS = ("EMAIL", "CONTACT_ID", "TAG", "FUNNEL", "STAGE")
#: addresseeType -> check of each of its values.
VALUE_CHECKS: dict[str, Check] = {"EMAIL": email, "CONTACT_ID": uuid}


def in_any_case(kinds: Collection[str]) -> list[str]:
    """The types in capitals and in small letters, which samples of some methods have."""
    return [*kinds, *(kind.lower() for kind in kinds)]


def addressees(
    kinds: Collection[str], more: Mapping[str, Check], valueless: Collection[str] = ()
) -> Check:
    """A check of an element of `contacts`: comma-separated values of one of these types.

    `more` are fields of this method alone; the types in `valueless` need no `value`.
    """
    fields = {"addresseeType": one_of(kinds), "value": text(255, shortest=1), **more}
    whole = record(fields, required=("addresseeType",))

    def check(value: object) -> str | None:
        problem = whole(value)
        if problem or type(value) is not dict:
            return problem
        kind = value["addresseeType"].upper()
        if value.get("value") is None:
            return None if kind in valueless else ".value: not given"
        if value.get("optValue") is not None and kind != "STAGE":
            return ".optValue: only for STAGE"
        return values_problem(value, kind)

    return check


def values_problem(element: Mapping[str, Any], kind: str) -> str | None:
    """The error in a value of the element, whose addresseeType is `kind`; None if there is none."""
    check = VALUE_CHECKS.get(kind)
    for one in values(element):
        problem = check(one) if check else None
        if problem or not one:
            return f".value{problem or ': empty'}"
    return None


def values(element: Mapping[str, Any]) -> list[str]:
    """The single values of an element, also of an unchecked one."""
    return [one.strip() for one in as_text(element.get("value")).split(",")]


def items(body: JsonObject, content: str) -> list[Item]:
    """An item for each value in `contacts`; its id begins with `content`."""
    keys = [key for element in objects(body.get("contacts")) for key in _keys(element)]
    return [Item(f"{content}:{key}", key) for key in keys]


def _keys(element: Mapping[str, Any]) -> list[str]:
    is_email = as_text(element.get("addresseeType")).upper() == "EMAIL"
    return [contact_key(value) if is_email else value for value in values(element)]


def with_contacts(account: Account, elements: object) -> Iterator[tuple[str, list[Contact]]]:
    """Each value in `contacts`, with the contacts that it names."""
    for element in objects(elements):
        for value in values(element):
            yield value, _contacts(account, element, value)


def _contacts(account: Account, element: Mapping[str, Any], value: str) -> list[Contact]:
    kind = element["addresseeType"].upper()
    if kind in ("EMAIL", "CONTACT_ID"):
        one = account.find(value, None) if kind == "EMAIL" else account.find(None, value)
        return [one] if one else []
    if kind == "TAG":
        return [one for one in account.contacts.values() if adjusted_tag(value) in one.tags]
    funnel = account.funnels.get(value)
    if funnel is None:
        return []
    stages = as_text(element.get("optValue")) or ",".join(funnel.stages)
    wanted = [stage.strip() for stage in stages.split(",")]
    ids = (id_ for id_, stage in funnel.contacts.items() if stage in wanted)
    return [contact for contact in map(account.contacts.get, ids) if contact]
