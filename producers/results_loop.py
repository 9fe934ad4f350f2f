"""`results` and `results_async`: loops over what became of messages, each result at least once."""

from __future__ import annotations

import time
import warnings
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import suppress
from typing import Any

import redis
import redis.asyncio
from redis.exceptions import NoScriptError, RedisError

from batchline.producers.errors import BadArgument, RedisUnavailable, ResultsLost
from batchline.producers.frames import clear_frames
from batchline.producers.redis_client import (
    NO_REDIS,
    connect,
    connect_async,
    described,
    longest_block,
    no_redis,
)
from batchline.producers.result import Result
from batchline.producers.result_reader import (
    CLAIM_AFTER,
    WAIT,
    Arguments,
    Reader,
    is_seconds,
    script,
    sha,
)
from batchline.producers.settings import Settings, settings_or_those_in_force

#: Told where results are asked for and never written.
NONE_HAS_RESULTS = (
    "no operation of the settings has results: set results = true in "
    '[accounts.NAME.operations."OPERATION"] of batchline.toml, for applications and workers'
)


def results(
    group: str,
    *,
    timeout: float | None = None,
    stop: Callable[[], bool] | None = None,
    on_lost: Callable[[int], object] | None = None,
    claim_after: float = CLAIM_AFTER,
    settings: Settings | None = None,
) -> Iterator[Result]:
    """What became of messages of the operations with `results = true`, oldest first.

        for result in batchline.results(group="crm"):
            ...

    Each group gets every result; loops of one group, in any processes, share them. A result is
    acknowledged when the loop asks for the next one: if its body raises, breaks, or is killed, the
    result comes again, to this or another loop of the group. So each comes at least once. A new
    group begins with the oldest result that is kept.

    The loop ends when no result came for `timeout` seconds; 0: when all are read; None: never. It
    also ends, within a second, when `stop` returns True.

    About `results_length` results are kept. Where the group was too slow for them, ResultsLost is
    raised, with their number; a loop begun again goes on behind them. With `on_lost` that is called
    instead, and the loop goes on.

    A loop that does nothing for `claim_after` seconds is taken to be gone, and its results are
    given to others: let it be longer than the body of the loop takes for one result.

    Raises BadArgument at once, which names the argument; ResultsLost and RedisUnavailable.
    """
    settings = settings_or_those_in_force(settings)
    found = loop(group, settings, timeout, stop, on_lost, claim_after)
    _warn_where_off(settings)
    return found


def results_async(
    group: str,
    *,
    timeout: float | None = None,
    stop: Callable[[], bool] | None = None,
    on_lost: Callable[[int], object] | None = None,
    claim_after: float = CLAIM_AFTER,
    settings: Settings | None = None,
) -> AsyncIterator[Result]:
    """`results` for `async for`: the same arguments, results and errors.

    Leave a loop early under `contextlib.aclosing`, so that it gives back at once what it has.
    """
    settings = settings_or_those_in_force(settings)
    reader = _reader(settings, group, timeout, stop, on_lost, claim_after)
    _warn_where_off(settings)
    return _loop_async(reader, settings, timeout, stop, on_lost)


def loop(
    group: str,
    settings: Settings,
    timeout: float | None = None,
    stop: Callable[[], bool] | None = None,
    on_lost: Callable[[int], object] | None = None,
    claim_after: float = CLAIM_AFTER,
) -> Generator[Result, None, None]:
    """`results` with these settings, without a warning where they have no results."""
    reader = _reader(settings, group, timeout, stop, on_lost, claim_after)
    return _loop(reader, settings, timeout, stop, on_lost)


def _reader(
    settings: Settings,
    group: str,
    timeout: float | None,
    stop: Callable[[], bool] | None,
    on_lost: Callable[[int], object] | None,
    claim_after: float,
) -> Reader:
    """A reader for a loop with these arguments; raises BadArgument for one of no use."""
    if timeout is not None and not is_seconds(timeout):
        raise BadArgument("timeout must be a number of seconds from 0 on, or None: for ever")
    if stop is not None and not callable(stop):
        raise BadArgument("stop must be a function that returns True when the loop is to end")
    if on_lost is not None and not callable(on_lost):
        raise BadArgument("on_lost must be a function that takes the number of lost results")
    return Reader(settings.keys, group, claim_after)


def _loop(
    reader: Reader,
    settings: Settings,
    timeout: float | None,
    stop: Callable[[], bool] | None,
    on_lost: Callable[[int], object] | None,
) -> Generator[Result, None, None]:
    client = connect(settings.lanes_url(), settings.redis_timeout, ca_file=settings.redis_ca_file)
    since = time.monotonic()
    try:
        while not (stop and stop()):
            reader.given(_script(client, "read_results", reader.read()))
            if (lost := reader.lost()) > 0:
                if on_lost is not None:
                    on_lost(lost)
                _command(client, reader.told())
                if on_lost is None:
                    raise ResultsLost(lost, reader.group, settings.results_length)
            if not reader.has_more():
                if _left(timeout, since) <= 0:
                    return
                _command(client, reader.wait(min(_left(timeout, since), longest_block(client))))
            while reader.has_more() and not (stop and stop()):
                yield reader.next()
                _command(client, reader.acknowledge())
                since = time.monotonic()
                if (keep := reader.keep()) is not None:
                    reader.kept(_script(client, "keep_results", keep))
    finally:
        with suppress(RedisUnavailable):
            _script(client, "keep_results", reader.give_back())
        client.close()


async def _loop_async(
    reader: Reader,
    settings: Settings,
    timeout: float | None,
    stop: Callable[[], bool] | None,
    on_lost: Callable[[int], object] | None,
) -> AsyncIterator[Result]:
    url, seconds = settings.lanes_url(), settings.redis_timeout
    client = connect_async(url, seconds, settings.redis_ca_file)
    since = time.monotonic()
    try:
        while not (stop and stop()):
            reader.given(await _script_async(client, "read_results", reader.read()))
            if (lost := reader.lost()) > 0:
                if on_lost is not None:
                    on_lost(lost)
                await _command_async(client, reader.told())
                if on_lost is None:
                    raise ResultsLost(lost, reader.group, settings.results_length)
            if not reader.has_more():
                if _left(timeout, since) <= 0:
                    return
                await _command_async(
                    client, reader.wait(min(_left(timeout, since), longest_block(client)))
                )
            while reader.has_more() and not (stop and stop()):
                yield reader.next()
                await _command_async(client, reader.acknowledge())
                since = time.monotonic()
                if (keep := reader.keep()) is not None:
                    reader.kept(await _script_async(client, "keep_results", keep))
    finally:
        with suppress(RedisUnavailable):
            await _script_async(client, "keep_results", reader.give_back())
        await client.aclose()


def _left(timeout: float | None, since: float) -> float:
    """Seconds for which the loop still waits; `since`: monotonic seconds of the last result."""
    return WAIT if timeout is None else timeout - (time.monotonic() - since)


def _script(client: redis.Redis, name: str, arguments: Arguments) -> Any:
    with suppress(NoScriptError):
        return _command(client, ["EVALSHA", sha(name), *arguments], NoScriptError)
    return _command(client, ["EVAL", script(name), *arguments])


async def _script_async(client: redis.asyncio.Redis, name: str, arguments: Arguments) -> Any:
    with suppress(NoScriptError):
        return await _command_async(client, ["EVALSHA", sha(name), *arguments], NoScriptError)
    return await _command_async(client, ["EVAL", script(name), *arguments])


def _command(
    client: redis.Redis, command: Arguments, own: type[RedisError] | tuple[()] = ()
) -> Any:
    """The answer to a command. Raises RedisUnavailable, or an error of `own`."""
    untyped: Any = client
    try:
        return untyped.execute_command(*command)
    except own:
        raise
    except (RedisError, *NO_REDIS) as error:
        raise _unavailable(error) from error


async def _command_async(
    client: redis.asyncio.Redis, command: Arguments, own: type[RedisError] | tuple[()] = ()
) -> Any:
    """As `_command`."""
    untyped: Any = client
    try:
        return await untyped.execute_command(*command)
    except own:
        raise
    except (RedisError, *NO_REDIS) as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> RedisUnavailable:
    clear_frames(error)
    if isinstance(error, NO_REDIS):
        error = no_redis(error)
    return RedisUnavailable(f"Redis cannot be asked for results: {described(error)}")


def _warn_where_off(settings: Settings) -> None:
    """Warn the caller of the public function where no operation has results."""
    if not settings.has_results():
        warnings.warn(NONE_HAS_RESULTS, stacklevel=3)
