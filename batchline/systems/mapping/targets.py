"""The grammar of a mapping table: `field = "KIND"` or `field = "KIND:ARGUMENT"`.

Each system has kinds of its own; every system has `ignore`, which drops the field. The field `"*"`
stands for every field of your own that the table does not name. Its target is `ignore`, or a kind
with `*` as argument, which then is the field's own name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from batchline.systems.mapping.draft import Setter
from batchline.systems.message import Message

IGNORE = "ignore"
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Argument:
    """The argument of a kind: the text behind its colon."""

    #: A description for error messages, such as `1 to 20`.
    description: str
    #: A regular expression that the whole argument must match.
    pattern: str
    #: Whether a field's own name may be the argument.
    may_be_name: bool = False

    def fits(self, text: str) -> bool:
        """Whether the text may be the argument."""
        return re.fullmatch(self.pattern, text) is not None


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that a field can become in a system's message."""

    setter: Setter
    argument: Argument | None = None
    #: Whether several fields may become one target together.
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A kind and its argument, "" where the kind has none; `str` of it is its form in settings."""

    kind: str
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.argument}" if self.argument else self.kind


@dataclass(frozen=True)
class Table:
    """How messages of one neutral type become a system's own messages."""

    #: The class of the system's own messages.
    message: type[Message]
    kinds: Mapping[str, Kind]
    #: Field -> target, for the standard fields with an evident target.
    defaults: Mapping[str, str]
    #: Validates the system's type of an event; None where the message has no type.
    event_type: TypeAdapter[str] | None = None

    def targets(self, own: Mapping[str, str]) -> dict[str, Target]:
        """Field -> target: the account's own over the defaults.

        Raises ValueError, which names the field.
        """
        targets = {
            field: self._target(field, text) for field, text in {**self.defaults, **own}.items()
        }
        sources: dict[Target, str] = {}
        for field, target in targets.items():
            if self.is_shared(target):
                continue
            if target in sources:
                raise ValueError(
                    f"{field}: {sources[target]} goes to {target} too, which takes one field: "
                    f'give one of the two another target, or "{IGNORE}"'
                )
            sources[target] = field
        return targets

    def is_shared(self, target: Target) -> bool:
        """Whether several fields may have this target."""
        return target.kind == IGNORE or self.kinds[target.kind].shared

    def check_event_types(self, own: Mapping[str, str]) -> None:
        """Raise ValueError, which names the type, for a type that the system does not take."""
        for ours, theirs in own.items():
            try:
                assert self.event_type is not None
                self.event_type.validate_python(theirs)
            except ValidationError as error:
                detail = error.errors()[0]["msg"].removeprefix("Value error, ")
                raise ValueError(f"{ours}: {theirs!r}: {detail}") from None

    def grammar(self, open_only: bool = False) -> str:
        """All targets, as a text for people; `open_only`: without those of standard fields."""
        taken = {*self.defaults.values()} if open_only else set()
        kinds = [
            f"{name}:<{kind.argument.description}>" if kind.argument else name
            for name, kind in self.kinds.items()
            if kind.shared or name not in taken
        ]
        return ", ".join([*kinds, IGNORE])

    def _target(self, field: str, text: str) -> Target:
        name, _, argument = text.partition(":")
        if text == IGNORE:
            return Target(IGNORE)
        kind = self.kinds.get(name)
        if kind is None:
            raise ValueError(f"{field}: {text!r} is no target (known: {self.grammar()})")
        if field == EVERY:
            fits = argument == EVERY and kind.argument is not None and kind.argument.may_be_name
        elif kind.argument is None:
            fits = text == name
        else:
            fits = kind.argument.fits(argument)
        if not fits:
            raise ValueError(f"{field}: {text!r}: must be {self._wanted(field, name)}")
        return Target(name, argument)

    def _wanted(self, field: str, name: str) -> str:
        argument = self.kinds[name].argument
        if field != EVERY:
            return f"{name}:<{argument.description}>" if argument else f"{name} alone"
        named = [
            f"{other}:{EVERY}"
            for other, kind in self.kinds.items()
            if kind.argument and kind.argument.may_be_name
        ]
        return ", ".join([*named, IGNORE])
