"""The types of messages' arguments: `make dicts` writes each `dicts.py` from the models beside it.

A field takes more than it holds: a dict for a model, a datetime for milliseconds, a tuple for a
list. Type checkers learn that from a TypedDict per model, which is also the type of a dict that
stands for the model. It is needed where the constructor that they derive themselves is too narrow.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from inspect import getmodule
from pathlib import Path
from pkgutil import iter_modules
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, JsonValue, PlainValidator
from pydantic_core import PydanticUndefined

from batchline.systems.esputnik import messages as esputnik
from batchline.systems.salesmanago import messages as salesmanago
from batchline.systems.smartsender import messages as smartsender

ROOT = Path(__file__).parents[1]
#: A model that a plain text may stand for, and the text's type.
SHORTHAND = {"PushText": "str"}


@dataclass(frozen=True)
class Place:
    """Where models stand, and where the types of their arguments go."""

    models: str
    dicts: str
    #: The models that an application builds; those inside of them are found.
    names: tuple[str, ...]

    @property
    def path(self) -> Path:
        return ROOT / f"{self.dicts.replace('.', '/')}.py"

    def modules(self) -> list[str]:
        package = import_module(self.models)
        if not hasattr(package, "__path__"):
            return [self.models]
        names = [f"{self.models}.{module.name}" for module in iter_modules(package.__path__)]
        return [name for name in names if name != self.dicts]

    def all_models(self) -> dict[str, type[BaseModel]]:
        """The place's own models by name, those of each module in their order."""
        return {
            name: value
            for module in self.modules()
            for name, value in vars(import_module(module)).items()
            if isinstance(value, type)
            and issubclass(value, BaseModel)
            and value.__module__ == module
            and not name.startswith("_")
        }


PLACES = [
    *(
        Place(models.__name__, f"{models.__name__}.dicts", tuple(models.__all__))
        for models in (salesmanago, esputnik, smartsender)
    ),
    Place("batchline.producers.neutral", "batchline.producers.neutral_dicts", ("Contact", "Event")),
]


def held(annotation: Any) -> str:
    """What a field of this annotation holds."""
    return _text(annotation, held, list_of=lambda one: f"list[{one}]", dict_name="dict")


def taken(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """What a field of this annotation takes."""
    for one in reversed(metadata):
        if isinstance(one, BeforeValidator | PlainValidator):
            more = one.json_schema_input_type
            if more is not PydanticUndefined and more is not Any:
                return taken(more)
    if get_origin(annotation) is Annotated:
        inner, *inner_metadata = get_args(annotation)
        return taken(inner, inner_metadata)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        name = annotation.__name__
        return " | ".join(filter(None, [name, f"{name}Dict", SHORTHAND.get(name)]))
    return _text(annotation, taken, list_of=_sequence, dict_name="Mapping")


def _sequence(one: str) -> str:
    # A text is a sequence of texts, and never meant.
    return "list[str] | tuple[str, ...]" if one == "str" else f"Sequence[{one}]"


def _text(
    annotation: Any, text: Callable[[Any], str], list_of: Callable[[str], str], dict_name: str
) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return text(arguments[0])
    if origin in (Union, UnionType):
        parts = [part for one in arguments for part in text(one).split(" | ")]
        return " | ".join(sorted(dict.fromkeys(parts), key=lambda part: part == "None"))
    if annotation is JsonValue or annotation is Any:
        return "object"  # what JSON cannot hold is refused when the message is built
    if annotation is NoneType:
        return "None"
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin is list or getattr(origin, "__name__", "") == "Sequence":
        return list_of(text(arguments[0]))
    if origin is dict or getattr(origin, "__name__", "") == "Mapping":
        return f"{dict_name}[{', '.join(map(text, arguments))}]"
    if annotation in (date, datetime):
        return f"datetime.{annotation.__name__}"
    return str(annotation.__name__)


def arguments(model: type[BaseModel]) -> Iterator[tuple[str, str, str, bool]]:
    """Name, what the field holds, what it takes, and whether it is required, of each argument."""
    validators = model.__pydantic_decorators__.field_validators.values()
    inputs = {
        field: validator.info.json_schema_input_type
        for validator in validators
        if validator.info.json_schema_input_type is not PydanticUndefined
        for field in validator.info.fields
    }
    for name, field in model.model_fields.items():
        source = (inputs[name], ()) if name in inputs else (field.annotation, field.metadata)
        takes = taken(*source)
        yield name, held(field.annotation), takes, field.is_required()


def takes_more(model: type[BaseModel]) -> bool:
    """Whether a field takes more than it holds, so that the model says what it takes."""
    return any(takes != holds for _, holds, takes, _ in arguments(model))


def nested(model: type[BaseModel]) -> set[str]:
    """Names of the models whose dicts a field takes."""
    words = {word for _, _, takes, _ in arguments(model) for word in _words(takes)}
    return {word.removesuffix("Dict") for word in words if word.endswith("Dict")}


def needed(place: Place) -> list[type[BaseModel]]:
    """The models that need a dict, those inside of others first."""
    models = place.all_models()
    names = [name for name, model in models.items() if name in place.names and takes_more(model)]
    wanted: dict[str, None] = {}

    def want(name: str) -> None:
        for inner in sorted(nested(models[name])):
            want(inner)
        wanted[name] = None

    for name in names:
        want(name)
    return [models[name] for name in wanted]


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text).split()


def _imports(models: list[type[BaseModel]], body: str) -> Iterator[str]:
    words = set(_words(body))
    if "datetime" in words:
        yield "import datetime"  # for a field is called `date`
    for module, names in {
        "collections.abc": ("Mapping", "Sequence"),
        "decimal": ("Decimal",),
        "typing": ("Literal", "Required", "TypedDict"),
    }.items():
        found = [name for name in names if name in words]
        if found:
            yield f"from {module} import {', '.join(found)}"
    yield ""
    inner = {name for model in models for name in nested(model)}
    for module in sorted({model.__module__ for model in models if model.__name__ in inner}):
        names = sorted(
            model.__name__
            for model in models
            if model.__module__ == module and model.__name__ in inner
        )
        yield f"from {module} import {', '.join(names)}"


def _typed_dict(model: type[BaseModel]) -> str:
    lines = [
        f"class {model.__name__}Dict(TypedDict, total=False):",
        f'    """What `{model.__name__}` takes."""',
        "",
    ]
    for name, _, takes, required in arguments(model):
        lines.append(f"    {name}: {f'Required[{takes}]' if required else takes}")
    return "\n".join(lines)


def source(place: Place) -> str:
    """The text of the place's module of dicts."""
    models = needed(place)
    body = "\n\n\n".join(_typed_dict(model) for model in models)
    text = "\n".join(
        [
            '"""What the messages take, for type checkers: written by `make dicts`."""',
            "",
            "from __future__ import annotations",
            "",
            *_imports(models, body),
            "",
            "",
            body,
            "",
        ]
    )
    command = [sys.executable, "-m", "ruff", "format", "--line-length", "100", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def constructor(model: type[BaseModel]) -> str:
    """The lines by which a model says what it takes."""
    return (
        "    if TYPE_CHECKING:\n\n"
        f"        def __init__(self, **values: Unpack[{model.__name__}Dict]) -> None: ...\n"
    )


def without_constructor(place: Place) -> list[type[BaseModel]]:
    """The models that take more than they hold, and do not say it."""
    return [
        model
        for model in needed(place)
        if takes_more(model)
        and constructor(model) not in Path(str(getmodule(model).__file__)).read_text()  # type: ignore[union-attr]
    ]


def main() -> None:
    for place in PLACES:
        place.path.write_text(source(place))
        for model in without_constructor(place):
            print(f"{model.__module__}.{model.__name__} needs:\n{constructor(model)}")


if __name__ == "__main__":
    main()
