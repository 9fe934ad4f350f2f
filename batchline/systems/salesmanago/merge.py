"""Merges upserts of one contact into one element of `upsertDetails` with their joint effect.

    merge_runs([{"contact": {"email": "a@b.co", "name": "Ann"}},
                {"contact": {"email": "a@b.co", "name": "Anna"}, "tags": ["VIP"]}])
    == [({"contact": {"email": "a@b.co", "name": "Anna"}, "tags": ["VIP"]}, [0, 1])]

Null means "no change", as does a field left out; "" clears. Upserts whose effect the API's pages
leave open are not merged (`mergeable`). Merged items may share nested values with their inputs;
inputs are never changed.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from typing import Any

#: Pairs of opposing flags. In one item opt-out wins: opt-in holds "if the previous option has not
#: been chosen" (contact/batchupsertv2, forceOptIn). Two false flags change nothing.
_FLAGS = (("forceOptIn", "forceOptOut"), ("forcePhoneOptIn", "forcePhoneOptOut"))
#: Fields of an item with a merging rule of their own; every other field is last-write-wins.
_WITH_RULES = frozenset(
    ("contact", "tags", "removeTags", "properties", "dictionaryProperties", "consentDetails")
).union(*_FLAGS)
#: Latin letters with a diacritic that Unicode does not decompose.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ø": "o",
        "ħ": "h",
        "ŧ": "t",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
    }
)


def merge_upserts(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One item with the effect of the items one after the other, on any contact.

    Each item must be `mergeable` with the items before it. A lone item gets the form of a merged
    one: no nulls, and a tag that it both adds and removes only in `removeTags`.
    """
    upsert = _Upsert()
    for item in items:
        upsert.add(item)
    return upsert.item()


def merge_runs(items: Sequence[Mapping[str, Any]]) -> list[tuple[dict[str, Any], list[int]]]:
    """Neighbours merged as far as possible: each merged item with the indexes of its inputs."""
    runs: list[tuple[_Upsert, list[int]]] = []
    for index, item in enumerate(items):
        if not runs or not runs[-1][0].takes(item):
            runs.append((_Upsert(), []))
        upsert, indexes = runs[-1]
        upsert.add(item)
        indexes.append(index)
    return [(upsert.item(), indexes) for upsert, indexes in runs]


def is_barrier(item: Mapping[str, Any]) -> bool:
    """Whether the item changes the contact's e-mail address: nothing merges across it."""
    return item.get("newEmail") is not None


def mergeable(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    """Whether one item can stand for both. It cannot where

    - either is a barrier (`is_barrier`);
    - they name the contact differently: by two contactIds, one by contactId and one by e-mail, or
      by two e-mail addresses. Beside a contactId the address only identifies: it may be left out;
    - the later one has a `relation` and the earlier has none: an item holds one, and the related
      contact may be created between the two;
    - the later one opts in to e-mail after an opt-out: under double opt-in, the batch's default,
      `forceOptIn` is ignored, and a merged item would lose the withdrawal;
    - one adds a tag that the other removes in another spelling: the server rewrites tags, so the
      two may be one tag or two (in one spelling they merge);
    - the later one has a consent with fewer details (ip, description): the pages do not say
      whether the earlier details stay.
    """
    upsert = _Upsert()
    upsert.add(earlier)
    return upsert.takes(later)


class _Upsert:
    """Upserts of one contact, merged in order of arrival; to add one costs only its own size."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.contact: dict[str, Any] = {}
        self.address: dict[str, Any] = {}
        self.properties: dict[str, Any] = {}
        self.dictionary: dict[str, dict[str, Any]] = {}
        self.consents: dict[str, dict[str, Any]] = {}
        #: Tag -> whether it is added (else removed).
        self.tags: dict[str, bool] = {}
        #: Skeleton -> its spellings in `tags`.
        self.spellings: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, item: Mapping[str, Any]) -> None:
        """Merge the item into this upsert."""
        contact = item.get("contact") or {}
        self.fields.update(_not_null(item, _WITH_RULES))
        self.contact.update(_not_null(contact, {"address", "email"}))
        if _email(contact):
            # The address identifies: a new contact gets the first spelling.
            self.contact.setdefault("email", contact["email"])
        self.address.update(_not_null(contact.get("address") or {}))
        self.properties.update(_not_null(item.get("properties") or {}))
        self._add_flags(item)
        self._add_tags(item)
        for detail in _entries(item, "dictionaryProperties"):
            if detail.get("value") is not None:
                self.dictionary[detail.get("name", "")] = detail
        for consent in _entries(item, "consentDetails"):
            if self._settles(consent):
                self.consents[consent.get("consentName", "")] = consent

    def takes(self, item: Mapping[str, Any]) -> bool:
        """Whether `add` keeps the joint effect, by the rules of `mergeable`."""
        opts_in = item.get("forceOptIn") and not item.get("forceOptOut")
        return (
            not is_barrier(self.fields)
            and not is_barrier(item)
            and self._names_alike(item.get("contact") or {})
            and item.get("relation") in (None, self.fields.get("relation"))
            and not (opts_in and self.fields.get("forceOptOut"))
            and self._spells_alike(item)
            and self._details_alike(item)
        )

    def item(self) -> dict[str, Any]:
        """The merged item."""
        parts = {
            "contact": self.contact | ({"address": self.address} if self.address else {}),
            "tags": [tag for tag, added in self.tags.items() if added],
            "removeTags": [tag for tag, added in self.tags.items() if not added],
            "properties": self.properties,
            "dictionaryProperties": list(self.dictionary.values()),
            "consentDetails": list(self.consents.values()),
        }
        return {name: part for name, part in parts.items() if part} | self.fields

    def _add_flags(self, item: Mapping[str, Any]) -> None:
        for opt_in, opt_out in _FLAGS:
            if item.get(opt_in) or item.get(opt_out):
                out = bool(item.get(opt_out))
                self.fields.update({opt_in: not out, opt_out: out})
            else:
                for flag in (opt_in, opt_out):
                    if item.get(flag) is not None:
                        self.fields.setdefault(flag, False)

    def _add_tags(self, item: Mapping[str, Any]) -> None:
        for tag, added in _tag_changes(item).items():
            self.tags[tag] = added
            self.spellings[_skeleton(tag)].add(tag)

    def _settles(self, consent: Mapping[str, Any]) -> bool:
        """Whether the consent takes effect: a confirmed or withdrawn one stays decided."""
        earlier = self.consents.get(consent.get("consentName", ""), {})
        return _decided(consent) or not _decided(earlier)

    def _names_alike(self, contact: Mapping[str, Any]) -> bool:
        emails = {_email(self.contact), _email(contact)} - {""}
        key = _contact_key(contact)
        return key != "" and key == _contact_key(self.contact) and len(emails) <= 1

    def _spells_alike(self, item: Mapping[str, Any]) -> bool:
        return all(
            spelling == tag or self.tags[spelling] == added
            for tag, added in _tag_changes(item).items()
            for spelling in self.spellings[_skeleton(tag)]
        )

    def _details_alike(self, item: Mapping[str, Any]) -> bool:
        """Whether each consent that takes effect has all details of the one before it."""
        return all(
            # The date never stays: the API sets the current one in place of a missing date.
            self.consents.get(consent.get("consentName", ""), {}).keys() - {"agreementDate"}
            <= consent.keys()
            for consent in _entries(item, "consentDetails")
            if self._settles(consent)
        )


def _not_null(fields: Mapping[str, Any], without: Container[str] = ()) -> dict[str, Any]:
    """The fields that are not null, except these names."""
    return {
        name: value for name, value in fields.items() if value is not None and name not in without
    }


def _entries(item: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
    return [_not_null(entry) for entry in item.get(field) or ()]


def _email(contact: Mapping[str, Any]) -> str:
    return str(contact.get("email") or "").lower()


def _contact_key(contact: Mapping[str, Any]) -> str:
    return str(contact.get("contactId") or _email(contact))


def _decided(consent: Mapping[str, Any]) -> bool:
    """Whether the consent is confirmed or withdrawn; without either flag it is not confirmed."""
    return bool(consent.get("consentAccept") or consent.get("optOut"))


def _tag_changes(item: Mapping[str, Any]) -> dict[str, bool]:
    """Tag -> whether it is added. "Adding the same tag to both arrays will remove the tag"."""
    added = dict.fromkeys(item.get("tags") or (), True)
    return added | dict.fromkeys(item.get("removeTags") or (), False)


def _skeleton(tag: str) -> str:
    """The letters and digits of a tag that the server keeps: tags of one skeleton may be one tag.

    "Special characters will be replaced with the underscore character (_), and diacritical
    characters with their Latin alphabet equivalent"; the pages do not say whether case counts.
    """
    plain = unicodedata.normalize("NFKD", tag).casefold().translate(_LETTERS)
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
