"""Gates: the creation of a contact, and the questions that find the id of the created contact.

The answer to channels/{channelId}/gates is the Gate, which does not name its contact. A message
with `findContact` asks for it when the API has made the gate: contacts/search shows contacts with
the phone number, the e-mail address or the identifier, and contacts/{id}/gates whether one of them
has the gate. If no answer says so, the message is delivered without an id.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from batchline.systems.answers import identifier
from batchline.systems.columns import Item
from batchline.systems.message import compact_json, request_fields
from batchline.systems.requests import Endpoint, Request
from batchline.systems.smartsender.account import SmartsenderAccount
from batchline.systems.verdicts import Judged

#: The largest `limitation` of a page.
_PAGE = {"page": 1, "limitation": 20}
#: The most contacts that are asked whether they have the gate.
MOST_CANDIDATES = 5
#: Fields that the payload has only between the requests: the gate's id, and ids of contacts.
_GATE, _CANDIDATES = "gateId", "candidates"


def request(item: Item) -> Request:
    """The item's next request: the creation, or a question about what was created."""
    fields = json.loads(item.payload)
    if _GATE not in fields:
        return CREATE.request((item,), **request_fields(item.options))
    if _CANDIDATES not in fields:
        query = urlencode({**_PAGE, "term": _term(fields)})
        return Request(item.operation, SEARCH, (item,), f"{SEARCH.path}?{query}")
    asked = GATES.request((item,), contactId=fields[_CANDIDATES][0])
    return Request(item.operation, GATES, (item,), f"{asked.path}?{urlencode(_PAGE)}")


def _term(fields: dict[str, Any]) -> str:
    """The keyword of the search, which finds parts too: a number is stored with a plus or not."""
    phone = str(fields.get("phone") or "").removeprefix("+")
    return phone or fields.get("email") or fields["identifier"]


def _body(request: Request, account: SmartsenderAccount, now: float) -> bytes:
    return request.items[0].payload


def _no_body(request: Request, account: SmartsenderAccount, now: float) -> bytes:
    return b""


def _judge_gate(request: Request, body: dict[str, Any]) -> Judged | None:
    """Judge a Gate: it has an `id` and a `channel`. Its contact is asked for if that is wanted."""
    gate = identifier(body.get("id"))
    if gate is None or not isinstance(body.get("channel"), dict):
        return None
    (item,) = request.items
    if request_fields(item.options).get("findContact"):
        return Judged(again={0: _with(item, **{_GATE: gate})})
    return Judged(ids={0: gate})


def _judge_search(request: Request, body: dict[str, Any]) -> Judged:
    """Judge the contacts that the search shows: each may be the one that has the gate."""
    ids = [found for one in _collection(body) if (found := identifier(one.get("id")))]
    return _asked_about(request.items[0], ids[:MOST_CANDIDATES])


def _judge_gates(request: Request, body: dict[str, Any]) -> Judged:
    """Judge the gates of the first candidate: the contact is the one that has the gate."""
    (item,) = request.items
    fields = json.loads(item.payload)
    if fields[_GATE] in (identifier(gate.get("id")) for gate in _collection(body)):
        return Judged(ids={0: fields[_CANDIDATES][0]})
    return _asked_about(item, fields[_CANDIDATES][1:])


def _asked_about(item: Item, candidates: list[str]) -> Judged:
    """The item, to be asked about again; delivered without an id if no candidate is left."""
    return Judged(again={0: _with(item, **{_CANDIDATES: candidates})}) if candidates else Judged()


def _with(item: Item, **fields: object) -> bytes:
    return compact_json({**json.loads(item.payload), **fields})


def _collection(body: dict[str, Any]) -> list[dict[str, Any]]:
    listed = body.get("collection")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


CREATE = Endpoint("/v1/channels/{channelId}/gates", _body, _judge_gate)
SEARCH = Endpoint("/v1/contacts/search", _no_body, _judge_search, "GET")
GATES = Endpoint("/v1/contacts/{contactId}/gates", _no_body, _judge_gates, "GET")
