"""An API's own words, as they may be shown: valid text on one line, without personal data, and
without the account's secrets.

Every text of an API passes `cleaned` or `cleaned_text` once, before it reaches Redis, a log,
Celery, Sentry, a terminal or a page. Only the answer to a question, which a person asked for
(`batchline ask`), is shown with its data: it passes `without_secrets` or `printable`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar
from unicodedata import category

from batchline.systems import hidden
from batchline.systems.addresses import MASK
from batchline.systems.columns import Item, payloads
from batchline.systems.escapes import is_escaped, readings, unescaped
from batchline.systems.hidden import MAYBE_CUT
from batchline.systems.verdicts import (
    Ambiguous,
    ContactMissing,
    Dead,
    Delivered,
    Judged,
    Outcome,
    Verdict,
    Verified,
)

#: The most characters of a text that are kept; of a longer one `LOOKED_AT` characters are read.
LONGEST_TEXT = 500
LOOKED_AT = 10_000
#: The most characters of an id or a code that an API or a plug-in gives.
LONGEST_ID = 250
#: Characters from which on a payload's value is masked.
SHORTEST_VALUE = hidden.SHORTEST
#: Payloads of one request whose values are masked, in items and in bytes; an address or a number
#: of a further one is masked all the same.
MOST_ITEMS = 1_000
MOST_BYTES = 1_000_000
#: Characters of a value with escapes that are read to see whether a text may hold it.
BEGINNING = 250
#: Different texts of one answer that are taken to speak of the whole request.
FEW_TEXTS = 10

_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)", re.DOTALL)
_OUTSIDE = r"\s\"'`<>,;:()\[\]{}|=&?/\\"
#: An e-mail address, whatever its alphabet.
_ADDRESS = re.compile(rf"(?:(?<![^{_OUTSIDE}@])[^{_OUTSIDE}@]*+)?@[^{_OUTSIDE}@]+")
#: A phone number, an id, a card: six digits or more, with what people write between them.
_NUMBER = re.compile(r"\+?\d(?:[ ()./\u2010-\u2015-]{0,3}\d){5,}")
#: Texts of ours, which name nobody.
_OURS = re.compile(rf"HTTP \d{{3}}|{re.escape(ContactMissing().detail)}")

V = TypeVar("V", bound=Verdict | Ambiguous)


def cleaned(outcome: Outcome, items: Sequence[Item], secrets: Sequence[str] = ()) -> Outcome:
    """The outcome of a request with these items, with every text and id fit to be shown.

    `secrets`: the account's (`BaseAccount.secret_texts`). An id that holds one, is no printable
    text, or is too long, is left out.
    """
    if isinstance(outcome, Judged):
        are_ids = _are_ids(outcome.ids, secrets) and _is_id(outcome.job, secrets)
        if not outcome.exceptions and not outcome.miscount and are_ids:
            return outcome
        values = values_of(payloads(items)) if outcome.miscount else ()
        return replace(
            outcome,
            miscount=cleaned_text(outcome.miscount, values, secrets),
            exceptions=_cleaned_verdicts(outcome.exceptions, items, secrets),
            ids={index: id_ for index, id_ in outcome.ids.items() if _is_id(id_, secrets)},
            job=outcome.job if _is_id(outcome.job, secrets) else None,
        )
    if isinstance(outcome, Verified):
        return Verified(
            _cleaned_verdicts(outcome.verdicts, items, secrets),
            _cleaned_details(outcome.unknown, items, secrets),
            _cleaned_details(outcome.unshown, items, secrets),
            outcome.kept,
        )
    detail = cleaned_text(outcome.detail, values_of(payloads(items)), secrets)
    return replace(outcome, detail=detail)


def cleaned_text(text: str, values: Iterable[str] = (), secrets: Sequence[str] = ()) -> str:
    """The text in printable characters, bounded; addresses, long numbers and the values masked.

    `values`: texts of the messages that the API speaks of. `secrets`: those of the account.
    """
    if _is_ours(text):
        return text
    spelled, values = _spellings(tuple(secrets)), list(values)
    shown = hidden.without_secrets(text[:LOOKED_AT], spelled)
    # A value with escapes is found as the API was given it, or in one of its readings.
    shown = without_values(shown, filter(is_escaped, values))
    shown = hidden.without_secrets(_plain(unescaped(shown)), spelled)
    shown = without_values(shown, values)
    shown = _NUMBER.sub(MASK, _ADDRESS.sub(MASK, shown))
    return shown if len(shown) <= LONGEST_TEXT else shown[: LONGEST_TEXT - 1] + "…"


def without_secrets(text: str, secrets: Sequence[str]) -> str:
    """The text with the account's secrets masked, and nothing else: for whoever asked for it."""
    return hidden.without_secrets(text, _spellings(tuple(secrets)))


def without_addresses(text: str) -> str:
    """The text with e-mail addresses masked."""
    return _ADDRESS.sub(MASK, text)


def printable(text: str, secrets: Sequence[str]) -> str:
    """The text on one line in printable characters, with the account's secrets masked."""
    return without_secrets(_plain(without_secrets(text, secrets)), secrets)


@lru_cache(maxsize=64)
def _spellings(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """The spellings of these secrets, also as `unescaped` and `_plain` leave them."""
    spelled = {one for secret in secrets for one in hidden.spellings(secret)}
    left = {_plain(unescaped(one)) for one in spelled}
    return tuple(one for one in spelled | left if len(one) >= hidden.SHORTEST)


def values_of(stored: Iterable[bytes]) -> Iterator[str]:
    """The values in these payloads that are long enough to be masked, as far as the bounds go."""
    left = MOST_BYTES
    for payload in list(stored)[:MOST_ITEMS]:
        left -= len(payload)
        if left < 0:
            return
        try:
            yield from _values(json.loads(payload))
        except (ValueError, RecursionError):
            continue  # no JSON: whoever reads it meets the same


def is_well_formed(text: str, secrets: Sequence[str] = ()) -> bool:
    """Whether an API's id can be stored and shown as it is."""
    is_short = len(text) <= LONGEST_ID
    return is_short and text.isprintable() and not _holds(text, secrets)


def _holds(text: str, secrets: Sequence[str]) -> bool:
    spelled = _spellings(tuple(secrets))
    return hidden.holds(text, spelled) or hidden.holds(_plain(unescaped(text)), spelled)


def _is_ours(text: str) -> bool:
    return _OURS.fullmatch(text) is not None


def _is_id(value: str | None, secrets: Sequence[str]) -> bool:
    return value is None or is_well_formed(value, secrets)


def _are_ids(ids: Mapping[int, str], secrets: Sequence[str]) -> bool:
    """`_is_id` of all of them, at little cost for the thousand ids of a usual answer."""
    if not ids:
        return True
    joined = "".join(ids.values())
    is_short = max(map(len, ids.values())) <= LONGEST_ID
    return is_short and joined.isprintable() and not _holds(joined, secrets)


def _cleaned_details(
    details: Mapping[int, str], items: Sequence[Item], secrets: Sequence[str]
) -> dict[int, str]:
    """The details, each cleaned beside its own item."""
    return {
        index: cleaned_text(detail, values_of([items[index].payload]), secrets)
        for index, detail in details.items()
    }


def _cleaned_verdicts(
    verdicts: Mapping[int, V], items: Sequence[Item], secrets: Sequence[str]
) -> dict[int, V]:
    """The verdicts with clean texts.

    A few different texts may speak of the whole request; of many, each speaks of its own item.
    """
    details = set(map(_detail, verdicts.values()))
    if len(details) > FEW_TEXTS:
        return {
            index: _cleaned_verdict(
                verdict,
                cleaned_text(_detail(verdict), values_of([items[index].payload]), secrets),
                secrets,
            )
            for index, verdict in verdicts.items()
        }
    values = () if all(map(_is_ours, details)) else list(values_of(payloads(items)))
    shown = {detail: cleaned_text(detail, values, secrets) for detail in details}
    return {
        index: _cleaned_verdict(verdict, shown[_detail(verdict)], secrets)
        for index, verdict in verdicts.items()
    }


def _detail(verdict: Verdict | Ambiguous) -> str:
    return "" if isinstance(verdict, Delivered) else verdict.detail


def _cleaned_verdict(verdict: V, detail: str, secrets: Sequence[str]) -> V:
    if isinstance(verdict, Delivered):
        return verdict
    if isinstance(verdict, Dead):
        reason = hidden.without_secrets(_plain(verdict.reason), _spellings(tuple(secrets)))
        reason = reason[:LONGEST_ID]
        return replace(verdict, reason=reason, detail=detail)
    return replace(verdict, detail=detail)


def _plain(text: str) -> str:
    """The text in printable characters, on one line."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    text = _TERMINAL.sub("", text)
    # Two halves of a pair become their character, a half alone becomes U+FFFD.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join("".join(map(_printable, text)).split())


def _printable(character: str) -> str:
    """The character; a blank for a control character, nothing for an invisible one."""
    if character.isprintable():
        return character
    return "" if category(character) == "Cf" else " "


def without_values(text: str, values: Iterable[str]) -> str:
    """The text with each of the values masked, in each of its readings.

    So it is where the text breaks off inside of one.
    """
    folded = text.casefold()
    found: set[str] = set()
    for value in values:
        for one in _readings(value, folded) if is_escaped(value) else (value,):
            if not _may_begin(one, folded):
                continue  # most values: the text has not even their beginning
            plain = _plain(one)
            if len(plain) < SHORTEST_VALUE:
                continue
            if plain.casefold() in folded:
                found.add(plain)
            elif " " in one and "+" in folded and _with_pluses(one).casefold() in folded:
                found.add(_with_pluses(one))
            elif plain[:SHORTEST_VALUE].casefold() in folded:
                text = _without_beginning(text, plain)
    return hidden.masked(text, found) if found else text


def _with_pluses(value: str) -> str:
    """The value with its blanks as a query spells them."""
    return _plain(value.replace(" ", "+"))


def _may_begin(value: str, folded: str) -> bool:
    start = value[:SHORTEST_VALUE].casefold()
    return start in folded or not start.isprintable() or " " in start


def _readings(value: str, folded: str) -> set[str]:
    """The readings of a value; none of a long one that cannot begin in this text."""
    is_long = len(value) > BEGINNING and "@" not in value
    if is_long and not any(_may_begin(one, folded) for one in readings(value[:BEGINNING])):
        return set()
    return readings(value[:LOOKED_AT])


def _without_beginning(text: str, value: str) -> str:
    """The text with its end masked, where it was cut inside of the value."""
    whole = text.rstrip("…\ufffd. ")
    if len(text) < MAYBE_CUT and not text.endswith(("…", "\ufffd", "..")):
        return text
    for length in range(min(len(value), len(whole)), SHORTEST_VALUE - 1, -1):
        if whole.casefold().endswith(value[:length].casefold()):
            return whole[: len(whole) - length] + MASK
    return text


def _values(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            text = one
        elif isinstance(one, dict):
            waiting += one.values()
            continue
        elif isinstance(one, list):
            waiting += one
            continue
        else:
            text = "" if one is None or isinstance(one, bool) else str(one)
        if len(text) >= SHORTEST_VALUE:
            yield text
