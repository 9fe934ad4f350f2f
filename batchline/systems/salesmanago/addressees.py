"""Contacts by addresseeType and value, as the methods for many contacts take them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

#: The most characters of a value (email/sendEmail, mobile/push/sendMass: contacts.value).
LONGEST_VALUE = 255
#: Types whose values are one contact each; of a tag or a funnel only the API knows the contacts.
NAMED = ("EMAIL", "CONTACT_ID")


def addressees(contacts: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Elements of `contacts` for pairs of addresseeType and value."""
    return joined({"addresseeType": kind, "value": value} for kind, value in contacts)


def joined(elements: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Elements of `contacts`; those that differ in `value` alone become one, separated by commas.

    A value stays within LONGEST_VALUE.
    """
    result: list[dict[str, Any]] = []
    last: dict[str, dict[str, Any]] = {}
    for element in elements:
        rest = json.dumps({**element, "value": ""}, sort_keys=True)
        for value in values(element):
            run = last.get(rest)
            if run is not None and len(run["value"]) + len(", ") + len(value) <= LONGEST_VALUE:
                run["value"] += f", {value}"
            else:
                last[rest] = {**element, "value": value}
                result.append(last[rest])
    return result


def values(element: Mapping[str, Any]) -> list[str]:
    """The single values of an element of `contacts`."""
    return [one.strip() for one in str(element.get("value", "")).split(",") if one.strip()]
