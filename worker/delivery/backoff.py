"""The time after which a lane whose destination failed is tried again."""

from __future__ import annotations

from collections.abc import Callable

from batchline.systems.account import Backoff


def delay(
    attempts: int,
    retry_after: float | None,
    backoff: Backoff,
    random: Callable[[], float],
) -> float:
    """Seconds until the next try, after `attempts` failures in a row before this one.

    `retry_after`, the seconds of the API's own Retry-After, is kept exactly, but for a 0 that comes
    again and again, which would spin. Else full jitter: anything from 0 to the exponential ceiling,
    so that many lanes do not come back at once. `random` gives [0, 1).
    """
    if retry_after is not None and (retry_after > 0 or attempts == 0):
        return retry_after
    exponent = min(attempts, 64)
    ceiling = min(backoff.max, backoff.first * backoff.factor**exponent)
    return ceiling * random()
