"""A message out of a row of an outbox: the other half of `to_row`."""

from __future__ import annotations

import json
from typing import Any

from batchline.producers.errors import BadArgument
from batchline.producers.frames import without_values
from batchline.producers.neutral import NEUTRAL
from batchline.systems.message import Sendable
from batchline.systems.registry import systems


@without_values
def message_from_row(row: str | bytes) -> Sendable:
    """The message whose `to_row` is this text.

    Raises BadArgument for a text that is no row, and for an operation that this version does not
    have; pydantic's ValidationError for data that it refuses. Both are a ValueError.
    """
    fields = _fields(row)
    model = _model(fields.get("system"), fields["op"])
    return model.model_validate_json(json.dumps(fields["data"]))


def _fields(row: str | bytes) -> dict[str, Any]:
    try:
        fields = json.loads(row)
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or not {"op", "data"} <= fields.keys():
        raise BadArgument("this is no row of a message: give what its to_row() returned")
    return fields


def _model(system: object, operation: object) -> type[Sendable]:
    if system is None and operation in NEUTRAL:
        return NEUTRAL[str(operation)]
    known = systems().get(str(system))
    for one in known.operations if known else ():
        if one.name == operation:
            return one.message
    raise BadArgument(f"a row of {system or 'no system'}, {operation}: there is no such message")
