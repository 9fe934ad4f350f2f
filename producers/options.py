"""Refuses a keyword argument that a helper does not take, by the helper's own name."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar, get_args, get_type_hints

P = ParamSpec("P")
R = TypeVar("R")


def known_options(function: Callable[P, R]) -> Callable[P, R]:
    """The function, which raises TypeError for an option that its signature does not name."""

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        unknown = kwargs.keys() - _names(function)
        if unknown:
            raise TypeError(_refusal(function, min(unknown)))
        return function(*args, **kwargs)

    return called


@cache
def _names(function: Callable[..., Any]) -> frozenset[str]:
    """Every keyword argument of the function, those of its `**options` among them."""
    names = set()
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            names |= {*get_args(hints[name])[0].__annotations__}
        else:
            names.add(name)
    return frozenset(names)


def _refusal(function: Callable[..., Any], name: str) -> str:
    names = sorted(_names(function))
    nearest = difflib.get_close_matches(name, names, 1)
    meant = f"; did you mean {nearest[0]}?" if nearest else ""
    return f"{function.__name__}() takes no {name}{meant} (it takes {', '.join(names)})"
