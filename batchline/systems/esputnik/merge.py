"""Merging bulk upserts of one contact: one element of `contacts` with the effect of several.

A field left out says nothing, for `contactFields` and `customFieldsIDs` name only what is given; ""
clears. So the last one given wins: of scalars by name, of the address by part, of additional fields
by id, of e-mail addresses and phone numbers by type; tokens of push channels add up. Results may
share nested values with the items they were made of; items are never changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

#: dedupeOn -> the channels by which the API may look for the contact.
_LOOKED_AT = {
    "email": {"email"},
    "sms": {"sms"},
    "push": {"email", "sms", "push", "mobilepush", "webpush"},
    "mobilepush": {"email", "sms", "push", "mobilepush", "webpush"},
    "webpush": {"email", "sms", "push", "mobilepush", "webpush"},
}
#: Where dedupeOn is the account's, or another: what an account's can be.
_PERHAPS_LOOKED_AT = {"email", "sms"}


def merge_runs(
    upserts: Sequence[Mapping[str, Any]], options: Mapping[str, Any]
) -> list[tuple[dict[str, Any], list[int]]]:
    """Neighbours merged as far as they go: each merged upsert with the places of its inputs.

    `options` are the request's fields that they all have.
    """
    runs: list[tuple[dict[str, Any], list[int]]] = []
    for index, upsert in enumerate(upserts):
        if runs and mergeable(runs[-1][0], upsert, options):
            merged, indexes = runs[-1]
            runs[-1] = merge_upserts(merged, upsert), indexes
            indexes.append(index)
        else:
            runs.append((dict(upsert), [index]))
    return runs


def mergeable(
    earlier: Mapping[str, Any], later: Mapping[str, Any], options: Mapping[str, Any]
) -> bool:
    """Whether one can stand for both. It cannot where

    - the API may look for the two by different values: the first may find or create one contact,
      and both together another;
    - `contactFields` or `customFieldsIDs` are the caller's: what they name and an upsert does not
      give is cleared, which a merged one could not say in between;
    - new contacts emit an event, which holds the address and the number, and these differ.
    """
    clears = "contactFields" in options or "customFieldsIDs" in options
    return not clears and _looked_for_by(earlier, options) == _looked_for_by(later, options)


def merge_upserts(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """One upsert that does what the two do one after the other."""
    made = {**earlier, **later}
    if "address" in made:
        made["address"] = {**earlier.get("address", {}), **later.get("address", {})}
    if "fields" in made:
        by_id = {f["id"]: f for one in (earlier, later) for f in one.get("fields", ())}
        made["fields"] = list(by_id.values())
    if "channels" in made:
        made["channels"] = [
            channel
            for same in {**_channels(earlier), **_channels(later)}.values()
            for channel in same
        ]
    return made


def _channels(upsert: Mapping[str, Any]) -> dict[Hashable, list[Any]]:
    """Channels by what replaces them: an address another address, a token only itself."""
    found: dict[Hashable, list[Any]] = {}
    for channel in upsert.get("channels", ()):
        alone = channel["type"] in ("email", "sms")
        slot = channel["type"] if alone else (channel["type"], channel["value"])
        found.setdefault(slot, []).append(channel)
    return found


def _looked_for_by(upsert: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Hashable, ...]:
    types = _LOOKED_AT.get(options.get("dedupeOn", ""), _PERHAPS_LOOKED_AT)
    if "eventKeyForNewContacts" in options:
        types = types | _PERHAPS_LOOKED_AT
    channels = {
        (channel["type"], channel["value"])
        for channel in upsert.get("channels", ())
        if channel["type"] in types
    }
    field_id = options.get("fieldId")
    fields = {field["value"] for field in upsert.get("fields", ()) if field["id"] == field_id}
    own = (upsert.get("externalCustomerId"), upsert.get("id"))
    return (*own, frozenset(channels), frozenset(fields))
