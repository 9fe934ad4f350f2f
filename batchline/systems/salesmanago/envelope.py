"""The request around the items: the auth block, and what each path puts beside it.

Items are joined as the bytes that the producer wrote; only the envelope is made here.
"""

from __future__ import annotations

from typing import Any

from batchline.producers.lanes import request_fields
from batchline.systems.account import SalesmanagoAccount
from batchline.systems.contract import Request
from batchline.systems.salesmanago import (
    contact_changes,
    contacts,
    event_changes,
    events,
    many,
    methods,
    pushes,
    verify,
)
from batchline.systems.salesmanago.auth import as_json, credentials


def body(request: Request, account: SalesmanagoAccount, now: int) -> bytes:
    """The whole body: auth block (`requestTime` in UNIX ms), fields, and the items' own bytes."""
    fields, items = _fields_and_items(request, account, now)
    return envelope(account, now, fields, items)


def envelope(
    account: SalesmanagoAccount, now: int, fields: dict[str, Any], items: bytes = b""
) -> bytes:
    """Auth block and fields as JSON, and behind them `items`, which brings the closing brace."""
    head = {**credentials(account, now), **fields}
    return as_json(head)[:-1] + (b"," + items if items else b"}")


def _fields_and_items(
    request: Request, account: SalesmanagoAccount, now: int
) -> tuple[dict[str, Any], bytes]:
    """What stands beside the auth block: fields made here, and the items' bytes with the "}"."""
    if request.path in verify.PATHS:
        return {"owner": account.owner, **verify.fields(request)}, b""
    if request.path in contact_changes.PATHS:
        asked = request_fields(request.items[0].options)
        return {"owner": account.owner, **asked, **contact_changes.fields(request)}, b""
    if request.path in event_changes.PATHS.values():
        return {"owner": _owner(request, account), **event_changes.fields(request)}, b""
    if request.path == events.SINGLE_PATH:
        return {"owner": _owner(request, account)}, request.items[0].payload[1:]
    if request.path == contacts.BATCH_PATH:
        return _upsert_fields(request, account), _array("upsertDetails", request)
    if request.operation == "event.add":
        return {"owner": _owner(request, account)}, _array("events", request)
    if request.path == pushes.MASS_PATHS.get(request.operation):
        return pushes.mass_fields(request.items, now), b""
    if request.operation in methods.METHODS:
        return methods.fields(request.items[0], account, now), many.body(request.items)
    single = request.items[0].payload[1:]
    if request.path == contacts.SINGLE_PATH:
        return _upsert_fields(request, account), single
    return {}, single


def _upsert_fields(request: Request, account: SalesmanagoAccount) -> dict[str, Any]:
    """`useApiDoubleOptIn` is always said: batchupsertv2 takes true when silent."""
    fields = {"owner": account.owner, "useApiDoubleOptIn": account.use_api_double_opt_in}
    return {**fields, **request_fields(request.items[0].options)}


def _owner(request: Request, account: SalesmanagoAccount) -> str:
    return str(request_fields(request.items[0].options).get("owner", account.owner))


def _array(name: str, request: Request) -> bytes:
    items = b",".join([item.payload for item in request.items])
    return b'"%s":[%s]}' % (name.encode(), items)
