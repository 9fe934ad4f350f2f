"""Dead letters without the work of delivering: what waits in the lanes becomes some."""

from __future__ import annotations

import time

from batchline.producers import Outgoing
from batchline.producers.lanes import Lane
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.store.parking import Meta


def adds_up(stack):
    for found in [*stack.status().lanes, None]:
        row = stack.status().totals if found is None else vars(found)
        names = ("delivered", "parked", "dead", "purged", "erased", "backlog")
        ended = sum(row[name] for name in names)
        assert row["accepted"] == ended, row


def kill_all(stack, *reasons, at=None):
    """What waits in the lanes becomes dead letters, as settling would make it; their ids."""
    ids = []
    for name in sorted(stack.client.smembers(stack.keys.lanes)):
        lane = Lane.parse(name.decode())
        for entry in stack.entries(lane):
            message_id = entry.id(lane)
            history = entry.meta.history if entry.meta else []
            died_at = at or round(time.time() * 1000)
            reason = reasons[len(ids) % len(reasons)]
            letter = DeadLetter(
                message_id,
                lane,
                reason,
                f"[/no] words for {reason}",
                died_at,
                entry.contact,
                entry.options,
                entry.payload.decode(),
                Meta(message_id, 3, [*history, (died_at, "it died")]),
            )
            stack.client.zadd(stack.keys.dead, {message_id: died_at})
            stack.client.hset(stack.keys.dead_body, message_id, letter.to_json())
            stack.client.xdel(stack.keys.stream(lane), entry.stream_id)
            for counter in ("dead", f"dead_{reason}"):
                stack.client.hincrby(stack.keys.state(lane), counter, 1)
            ids.append(message_id)
    stack.client.delete(stack.keys.due)
    adds_up(stack)
    return ids


def dead(stack, messages, *reasons, at=None):
    """These messages as dead letters, in order; their ids."""
    with stack.producer() as producer:
        sent = producer.send_all(
            [one if isinstance(one, Outgoing) else Outgoing(one) for one in messages]
        )
    kill_all(stack, *(reasons or ("rejected",)), at=at)
    return sent
