"""The JSON of a message outside its lane: parked, or a dead letter."""

from __future__ import annotations

import json


def letter_body(
    lane: str,
    contact: str,
    options: str,
    payload: str,
    meta: str,
    reason: str,
    detail: str = "",
    system: str = "",
) -> str:
    """A parked message's body, or a dead letter's, as Redis holds it.

    `meta` is the JSON of the message's history (`worker/store/parking.py`), "" while it has none.
    `reason` is the code for why the message is outside its lane, `detail` a text about it. `system`
    is the system that a dead letter was made for: no other one gets it (`replay.lua`). A release
    that writes a newer format than `entry.VERSION` adds it as `format`: an older worker that brings
    the message back to its lane keeps it (`field_name` of `common.lua`).
    """
    body = {
        "lane": lane,
        "contact": contact,
        "options": options,
        "payload": payload,
        "meta": meta,
        "reason": reason,
        "detail": str(detail or ""),  # a plug-in may give what its API gave it
    }
    if system:
        body["system"] = system
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
