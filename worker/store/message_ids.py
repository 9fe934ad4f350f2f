"""What a message's id says: the lane that accepted the message, and when."""

from __future__ import annotations

import re

from batchline.producers.lanes import Lane

_LANE = re.compile(r"[a-z0-9][a-z0-9_-]*:[a-z0-9._]+:\d{1,3}", re.ASCII)
_ID = re.compile(r"([a-z0-9][a-z0-9_-]*):([a-z0-9._]+):(\d{1,3})@(\d{1,15})-(\d{1,15})", re.ASCII)


def parse(message_id: str) -> tuple[Lane, str]:
    """The lane that accepted the message, and its stream id there.

    Raises ValueError when the text is no message id.
    """
    match = _ID.fullmatch(message_id)
    if match is None:
        raise ValueError("no message id such as default:event.add:0@1795248000000-0")
    account, operation, partition, millis, number = match.groups()
    return Lane(account, operation, int(partition)), f"{int(millis)}-{int(number)}"


def is_lane(name: str) -> bool:
    """Whether the text is a lane's name, as `is_lane` of `common.lua` says it."""
    return _LANE.fullmatch(name) is not None


def parked_member(message_id: str) -> str:
    """The member of `parked` that stands for the message, as in `producers/lua/clock.lua`."""
    lane, stream_id = parse(message_id)
    millis, number = stream_order(stream_id)
    return f"{lane}@{millis:015}-{number:015}"


def of_member(member: str) -> str:
    """The message id that such a member stands for."""
    lane, _, stream_id = member.rpartition("@")
    millis, number = stream_order(stream_id)
    return f"{lane}@{millis}-{number}"


def stream_order(stream_id: str) -> tuple[int, int]:
    """A key that sorts stream ids as Redis does."""
    millis, _, number = stream_id.partition("-")
    return int(millis), int(number)


def after(stream_id: str) -> str:
    """The least stream id behind this one."""
    millis, number = stream_order(stream_id)
    return f"{millis}-{number + 1}"


def in_order(message_id: str) -> tuple[int, int]:
    """A key that sorts message ids in the order in which the messages were enqueued."""
    return stream_order(message_id.rpartition("@")[2])
