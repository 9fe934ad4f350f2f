"""The grammar of a mapping table: `field = "KIND"` or `field = "KIND:ARGUMENT"`.

Which kinds there are is each system's affair; `ignore` is every system's: the field is dropped.
`"*"` in place of a field stands for every field of your own that the table does not name; its
target is `ignore`, or a kind with `*` as argument, which is then the field's own name.
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
    """What stands behind the colon of a kind that takes something."""

    #: As error messages write it, such as `1 to 20`.
    description: str
    #: Matches the whole argument.
    pattern: str
    #: Whether a field's own name may be it.
    may_be_name: bool = False

    def fits(self, text: str) -> bool:
        return re.fullmatch(self.pattern, text) is not None


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that a field can become in a system's message."""

    setter: Setter
    argument: Argument | None = None
    #: Whether several fields may become it together.
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A kind and its argument, "" where it takes none. `str` of it is as the settings write it."""

    kind: str
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.argument}" if self.argument else self.kind


@dataclass(frozen=True)
class Table:
    """How a system takes messages of one neutral type."""

    #: What it becomes.
    message: type[Message]
    kinds: Mapping[str, Kind]
    #: Field -> target, of the standard fields that have an evident one.
    defaults: Mapping[str, str]
    #: Of an event's type, as the system wants it; None where the message has none.
    event_type: TypeAdapter[str] | None = None

    def targets(self, own: Mapping[str, str]) -> dict[str, Target]:
        """Field -> target: the account's own over the defaults; ValueError names the field."""
        targets = {
            field: self._target(field, text) for field, text in {**self.defaults, **own}.items()
        }
        taken: dict[Target, str] = {}
        for field, target in targets.items():
            if self.is_shared(target):
                continue
            if target in taken:
                raise ValueError(
                    f"{field}: {taken[target]} goes to {target} too, which takes one field: "
                    f'give one of the two another target, or "{IGNORE}"'
                )
            taken[target] = field
        return targets

    def is_shared(self, target: Target) -> bool:
        """Whether several fields may go there."""
        return target.kind == IGNORE or self.kinds[target.kind].shared

    def check_event_types(self, own: Mapping[str, str]) -> None:
        """ValueError names the type that the system would not take."""
        for ours, theirs in own.items():
            try:
                assert self.event_type is not None
                self.event_type.validate_python(theirs)
            except ValidationError as error:
                detail = error.errors()[0]["msg"].removeprefix("Value error, ")
                raise ValueError(f"{ours}: {theirs!r}: {detail}") from None

    def grammar(self, open_only: bool = False) -> str:
        """Every target there is, for people; `open_only`: those that no standard field has."""
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
