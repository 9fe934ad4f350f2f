"""The JSON of a message outside its lane: parked, or given up on."""

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
) -> str:
    """A parked message's body, or a dead letter's, as Redis holds it.

    `meta` is the JSON of what the message has been through (`worker/store/parking.py`), "" for
    nothing yet; `reason` says why it is here, `detail` more of it.
    """
    body = {
        "lane": lane,
        "contact": contact,
        "options": options,
        "payload": payload,
        "meta": meta,
        "reason": reason,
        "detail": detail,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
