"""What is kept beside the messages: results, idempotency keys, ids, texts, orders of bulk acts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from batchline.systems import identities
from batchline.worker.dead_letters import bulk
from batchline.worker.dead_letters.bulk import BulkRefused
from batchline.worker.dead_letters.filter import LANGUAGE
from batchline.worker.erasure.messages import PAGE, Work
from batchline.worker.store import lanes
from batchline.worker.store.scripts import Argument, Script

ERASE_RESULTS = Script("erase_results")
#: Keys, or lines, read in one call.
READ = 1000
#: Fields of a lane's state that are texts of people or APIs.
TEXTS = ("error", "past_error", "guilty")


def results(work: Work) -> None:
    """What the application is told, read or not."""
    keys = work.store.keys
    found = _results(work)
    while page := list(islice(found, PAGE)):
        if work.act:
            arguments: list[Argument] = ["erased:results"]
            for stream_id, number in page:
                arguments += [stream_id, number]
            ERASE_RESULTS(work.store, [keys.results, keys.results_erased, work.act], arguments)


def _results(work: Work) -> Iterator[tuple[bytes, bytes]]:
    start = "-"
    while True:
        work.wait(0)
        page: Any = work.store.client.xrange(work.store.keys.results, start, "+", READ)
        for stream_id, fields in page:
            texts = [value.decode(errors="replace") for value in fields.values()]
            account = fields.get(b"message", b"").partition(b":")[0].decode()
            contact = fields.get(b"contact", b"").decode(errors="replace")
            if work.whom.takes(account) and (
                work.whom.is_key(contact) or work.whom.in_text(*texts)
            ):
                work.found["results"] += 1
                yield stream_id, fields.get(b"number", b"0")
        if len(page) < READ:
            return
        start = f"({page[-1][0].decode()}"


def keys_and_ids(work: Work) -> None:
    """Idempotency keys as they were given, and the APIs' own ids of what they made."""
    store = work.store
    for place, pattern in (("keys", store.keys.key_of), ("ids", f"{store.keys.start}api_id:")):
        names = store.client.scan_iter(match=f"{pattern}*", count=READ)
        while page := list(islice(names, READ)):
            work.wait(0)
            values: Any = store.client.mget(page)
            for name, value in zip(page, values, strict=True):
                text = (value or b"").decode(errors="replace")
                account = name.decode().removeprefix(pattern).partition(":")[0]
                if not text or not work.whom.takes(account):
                    continue
                if work.whom.is_key(text) or work.whom.in_text(text):
                    work.found[place] += 1
                    if work.act and store.client.delete(name):
                        store.client.hincrby(work.act, f"erased:{place}", 1)


def orders(work: Work) -> None:
    """Bulk acts that are counted by a filter which names the contact: they are stopped."""
    store = work.store
    for one in bulk.every(store):
        wanted: Any = store.client.hget(store.keys.bulk_act(one.name), "wanted")
        if wanted is None:
            continue
        text = wanted.decode(errors="replace")
        contact = LANGUAGE.parse(text).contact or ""
        if work.whom.is_key(contact) or work.whom.in_text(text):
            work.found["bulk acts"] += 1
            if work.act:
                with suppress(BulkRefused):  # it has ended meanwhile
                    bulk.stop(store, one.name, "an erasure")
                store.client.hincrby(work.act, "erased:bulk acts", 1)


def texts(work: Work) -> None:
    """Texts of people, and what was set aside as no message: masked, or deleted."""
    store, keys = work.store, work.store.keys
    hashes = [keys.paused, keys.paused_by, keys.troubles, keys.troubles_told]
    for lane in lanes.known(store):
        hashes.append(keys.state(lane))
    for name in hashes:
        fields: Any = store.client.hgetall(name)
        is_state = name.startswith(keys.state(""))
        for field, value in fields.items():
            if is_state and field.decode() not in TEXTS:
                continue
            text = value.decode(errors="replace")
            masked = identities.masked(text, work.whom.matches)
            if masked != text:
                work.found["texts"] += 1
                if work.act:
                    store.client.hset(name, field, masked)
                    store.client.hincrby(work.act, "erased:texts", 1)
    lines: Any = store.client.xrange(keys.acts)
    for stream_id, fields in lines:
        if work.whom.in_text(*fields.values()):
            work.found["texts"] += 1
            if work.act and store.client.xdel(keys.acts, stream_id):
                store.client.hincrby(work.act, "erased:texts", 1)
    for field, value in store.client.hscan_iter(keys.set_aside, count=100):
        if work.whom.in_text(field, value):
            work.found["set aside"] += 1
            if work.act and store.client.hdel(keys.set_aside, field):
                store.client.hincrby(work.act, "erased:set aside", 1)


def contacts(work: Work) -> None:
    """What is left in the sets by contact, of messages that are gone."""
    store, keys = work.store, work.store.keys
    accounts = {lane.account for lane in lanes.known(store)}
    for account in sorted(filter(work.whom.takes, accounts)):
        for name in (keys.parked_by_contact(account), keys.parked_blocking(account)):
            for member, _ in store.client.zscan_iter(name, count=READ):
                contact, _, message_id = member.decode(errors="replace").rpartition("\t")
                if message_id not in work.kept and work.whom.is_key(contact):
                    store.client.zrem(name, member)
