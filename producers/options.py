"""What a function takes by keyword, shown to completion and named in errors.

A function whose keywords stand in a TypedDict (`**options: Unpack[...]`) hides them from
`inspect.signature`, and Python would accept any other name.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, ForwardRef, ParamSpec, TypeVar, get_args, get_type_hints

P = ParamSpec("P")
R = TypeVar("R")

#: Keywords of a TypedDict that are not None when left out.
DEFAULTS: dict[str, Any] = {"account": "default", "anew": False}


def known_options(function: Callable[P, R]) -> Callable[P, R]:
    """The function, which raises TypeError for an option that its signature does not name.

    Its `inspect.signature` has every keyword.
    """

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        refuse_unknown(called, kwargs)
        return function(*args, **kwargs)

    return with_signature(called)


def with_signature(function: Callable[P, R]) -> Callable[P, R]:
    """The function, whose `inspect.signature` has every keyword."""
    function.__signature__ = full_signature(function)  # type: ignore[attr-defined]
    return function


def refuse_unknown(function: Callable[..., Any], names: Iterable[str]) -> None:
    """Raise TypeError for a name that the function's signature does not have."""
    parameters = inspect.signature(function).parameters
    for name in sorted(names):
        if name not in parameters:
            raise TypeError(_refusal(function.__qualname__, name, sorted(parameters)))


def full_signature(function: Callable[..., Any]) -> inspect.Signature:
    """The function's signature, with the keywords of the TypedDict in place of `**options`."""
    signature = inspect.signature(function)
    return signature.replace(parameters=list(_parameters(function, signature)))


def _parameters(
    function: Callable[..., Any], signature: inspect.Signature
) -> Iterator[inspect.Parameter]:
    for name, parameter in signature.parameters.items():
        if parameter.kind is not parameter.VAR_KEYWORD:
            yield parameter
            continue
        (typed_dict,) = get_args(get_type_hints(function)[name])
        for option, hint in typed_dict.__annotations__.items():
            # As text, like the annotations of the function itself.
            text = hint.__forward_arg__ if isinstance(hint, ForwardRef) else hint
            default = DEFAULTS.get(option)
            yield inspect.Parameter(
                option, parameter.KEYWORD_ONLY, default=default, annotation=text
            )


def _refusal(function: str, name: str, names: list[str]) -> str:
    nearest = difflib.get_close_matches(name, names, 1)
    meant = f"; did you mean {nearest[0]}?" if nearest else ""
    return f"{function}() takes no {name}{meant} (it takes {', '.join(names)})"
