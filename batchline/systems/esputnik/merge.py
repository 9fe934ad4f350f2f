"""Merges bulk upserts of one contact into one element of `contacts` with their joint effect.

A field left out keeps its value, for `contactFields` and `customFieldsIDs` name only fields that
are present; "" clears. So the last value wins: scalars by name, the address by part, additional
fields by id, e-mail addresses and phone numbers by type. Tokens of push channels add up. Merged
upserts may share nested values with their inputs; inputs are never changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

#: dedupeOn -> types of the channels by which the API may look for the contact.
_LOOKUP_CHANNELS = {
    "email": {"email"},
    "sms": {"sms"},
    "push": {"email", "sms", "push", "mobilepush", "webpush"},
    "mobilepush": {"email", "sms", "push", "mobilepush", "webpush"},
    "webpush": {"email", "sms", "push", "mobilepush", "webpush"},
}
#: The types for any other dedupeOn: all that an account's own may name.
_OTHER_LOOKUP_CHANNELS = {"email", "sms"}


def merge_runs(
    upserts: Sequence[Mapping[str, Any]], options: Mapping[str, Any]
) -> list[tuple[dict[str, Any], list[int]]]:
    """Neighbours merged as far as possible: each merged upsert with the indexes of its inputs.

    `options` are the request's fields, equal for all upserts.
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
    """Whether one upsert can stand for both. It cannot where

    - the API may look for the two by different values: the first may find or create one contact,
      and both together another;
    - `contactFields` or `customFieldsIDs` come from the caller: a field that they name and an
      upsert does not have is cleared, and a merged upsert cannot clear it in between;
    - new contacts emit an event with the e-mail address and the phone number, and these differ.
    """
    clears = "contactFields" in options or "customFieldsIDs" in options
    return not clears and _lookup_values(earlier, options) == _lookup_values(later, options)


def merge_upserts(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """One upsert with the effect of the two one after the other."""
    merged = {**earlier, **later}
    if "address" in merged:
        merged["address"] = {**earlier.get("address", {}), **later.get("address", {})}
    if "fields" in merged:
        by_id = {f["id"]: f for one in (earlier, later) for f in one.get("fields", ())}
        merged["fields"] = list(by_id.values())
    if "channels" in merged:
        by_slot = {**_channels(earlier), **_channels(later)}
        merged["channels"] = [channel for channels in by_slot.values() for channel in channels]
    return merged


def _channels(upsert: Mapping[str, Any]) -> dict[Hashable, list[Any]]:
    """Slot -> channels: a later upsert's channels replace those of their slot.

    An e-mail address or a phone number has the slot of its type, a token a slot of its own.
    """
    slots: dict[Hashable, list[Any]] = {}
    for channel in upsert.get("channels", ()):
        alone = channel["type"] in ("email", "sms")
        slot = channel["type"] if alone else (channel["type"], channel["value"])
        slots.setdefault(slot, []).append(channel)
    return slots


def _lookup_values(upsert: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Hashable, ...]:
    types = _LOOKUP_CHANNELS.get(options.get("dedupeOn", ""), _OTHER_LOOKUP_CHANNELS)
    if "eventKeyForNewContacts" in options:
        types = types | _OTHER_LOOKUP_CHANNELS
    channels = {
        (channel["type"], channel["value"])
        for channel in upsert.get("channels", ())
        if channel["type"] in types
    }
    field_id = options.get("fieldId")
    fields = {field["value"] for field in upsert.get("fields", ()) if field["id"] == field_id}
    own = (upsert.get("externalCustomerId"), upsert.get("id"))
    return (*own, frozenset(channels), frozenset(fields))
