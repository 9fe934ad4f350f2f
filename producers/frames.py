"""Keeps the values of a failed call out of error reports.

Reporters such as Sentry send the local variables of every frame that an exception went through:
messages, commands of Redis with payloads, addresses with passwords. So each public call empties
its own frames, and those below it, before an exception leaves it; file, line and text stay.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


def without_values(function: Callable[P, R]) -> Callable[P, R]:
    """The function or coroutine function, whose exceptions carry no value of a call's variables."""
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def awaited(*args: P.args, **kwargs: P.kwargs) -> Any:
            try:
                return await function(*args, **kwargs)
            except Exception as error:
                del args, kwargs
                clear_frames(error)
                raise

        return cast(Callable[P, R], awaited)

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            del args, kwargs
            clear_frames(error)
            raise

    return called


def clear_frames(error: BaseException) -> None:
    """Empty every finished frame of the exception, and of those that led to it."""
    for one in _chain(error):
        traceback.clear_frames(one.__traceback__)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: dict[int, BaseException] = {}
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen[id(one)] = one
            yield one
            waiting += [other for other in (one.__cause__, one.__context__) if other is not None]
