"""Dead letters are read, replayed and purged in pages of bounded length and bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from batchline.worker.store.store import Store

#: Letters read, replayed or purged in one call.
PAGE = 500
#: Bytes of the letters read, replayed or purged in one call, unless one alone is larger.
PAGE_BYTES = 8_000_000


def pages(store: Store, ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids in pages of `PAGE` letters at most, and of not much more than `PAGE_BYTES`."""
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        pipeline: Any = store.client.pipeline(transaction=False)
        for id_ in page:
            pipeline.hstrlen(store.keys.dead_body, id_)
        first = total = 0
        for index, size in enumerate(pipeline.execute()):
            if total + size > PAGE_BYTES and index > first:
                yield page[first:index]
                first, total = index, 0
            total += size
        yield page[first:]
