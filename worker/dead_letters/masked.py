"""A dead letter as those see it who may not see persons: its shape, and what names nobody.

What is not known to be harmless is masked. A field's name, a yes or no, a small number, an empty
text, and a word that the API's documents list are harmless. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from enum import Enum
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlsplit, urlunsplit

from batchline.producers.settings import Settings
from batchline.systems.addresses import MASK
from batchline.systems.api_text import cleaned_text, values_of
from batchline.systems.requests import HttpCall
from batchline.worker.dead_letters import edit
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.intake.lines import BadLine, operation_in
from batchline.worker.intake.model_paths import Model, model_in

#: A whole number or an amount below this one is shown: no phone number and no id is so short.
SMALL = 100_000
#: Fields whose words name kinds of things, and how such words are spelled.
_KIND = re.compile(r"(?:type|status|currency|language|lang|event|op|method)$", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][A-Za-z_]{1,39}", re.ASCII)
#: Fields whose numbers name somebody, however small.
_ID = re.compile(r"(?:^|_|\b)ids?$|Ids?$|phone|birth|zip|post|age$|lat$|lng$|lon", re.ASCII)
#: A part of a path that the documents write.
_PATH = re.compile(r"(?:[A-Za-z]+[A-Za-z_.-]*|v\d{1,2})?", re.ASCII)


def document(letter: DeadLetter, settings: Settings) -> dict[str, Any]:
    """The letter's message as `edit.document` gives it, masked."""
    shown = edit.document(letter)
    try:
        operation = operation_in({"op": letter.operation}, letter.lane.account, settings)
        model: Any = operation.message
    except BadLine:
        model = None  # the account, or its system, is not in the settings any more
    return {**shown, "data": value(shown["data"], model)}


def value(one: Any, annotation: Any = None, name: str = "", words: Collection[str] = ()) -> Any:
    """A value of JSON, masked.

    `annotation`: of its field; `words`: texts that are shown.
    """
    if isinstance(one, dict):
        fields = _fields(model_in(annotation))
        return {
            _key(key, fields): value(inner, fields.get(key), key, words)
            for key, inner in one.items()
        }
    if isinstance(one, list):
        return [value(inner, annotation, name, words) for inner in one]
    if one is None or isinstance(one, bool) or one in ("", MASK):
        return one
    if isinstance(one, int | float):
        return one if abs(one) < SMALL and not _ID.search(name) else MASK
    if one in words or one in _words(annotation) or (_KIND.search(name) and _WORD.fullmatch(one)):
        return one
    return f"{MASK} ({len(one):,} character{'' if len(one) == 1 else 's'})"


def call(one: HttpCall, shown: Any) -> HttpCall:
    """A request that is about the message; `shown`: the message, masked by `document`."""
    words = set(_texts(shown))
    parts = urlsplit(one.url)
    path = "/".join(part if _PATH.fullmatch(part) else MASK for part in parts.path.split("/"))
    query = "&".join(f"{pair.partition('=')[0]}={MASK}" for pair in parts.query.split("&") if pair)
    return replace(
        one,
        url=urlunsplit((parts.scheme, parts.netloc, path, query, "")),
        headers={name: cleaned_text(text) for name, text in one.headers.items()},
        body=_body(one.body, words),
    )


def words(letter: DeadLetter, text: str) -> str:
    """A text about the letter, without what its message says."""
    return cleaned_text(text, values_of([letter.payload.encode()]))


def fits(letter: DeadLetter, settings: Settings, text: str) -> bool:
    """Whether a text stands in what is shown of the letter: else a search would unmask it."""
    wanted = text.casefold()
    if wanted in letter.detail.casefold():
        return True
    return wanted in json.dumps(document(letter, settings), ensure_ascii=False).casefold()


def fitting(wanted: Any, settings: Settings) -> Callable[[DeadLetter], bool]:
    """The filter's `fits` for those who may not see persons."""
    if wanted.text is None:
        return wanted.fits  # type: ignore[no-any-return]
    rest = replace(wanted, text=None)
    return lambda letter: rest.fits(letter) and fits(letter, settings, wanted.text)


def _body(body: bytes, words: Collection[str]) -> bytes:
    if not body:
        return body
    try:
        return json.dumps(value(json.loads(body), words=words), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return MASK.encode()


def _key(key: str, fields: dict[str, Any]) -> str:
    """A name of the documents as it is; one of the shop's own without addresses and numbers."""
    return key if key in fields else cleaned_text(key)


def _fields(model: Model) -> dict[str, Any]:
    if model is None:
        return {}
    return {one.alias or name: one.annotation for name, one in model.model_fields.items()}


def _words(annotation: Any) -> set[str]:
    """The words that a field can have, where the documents list them."""
    if get_origin(annotation) is Literal:
        return {one for one in get_args(annotation) if isinstance(one, str)}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return {one.value for one in annotation if isinstance(one.value, str)}
    return {word for part in get_args(annotation) for word in _words(part)}


def _texts(one: Any) -> Iterator[str]:
    if isinstance(one, dict):
        for inner in one.values():
            yield from _texts(inner)
    elif isinstance(one, list):
        for inner in one:
            yield from _texts(inner)
    elif isinstance(one, str):
        yield one
