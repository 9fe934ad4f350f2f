"""The defaults of the settings, in the shape in which `batchline config` shows them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined, to_jsonable_python

from batchline.producers.settings import Settings
from batchline.systems.account import BaseAccount


def of(settings: Settings) -> dict[str, Any]:
    """Key -> default, for each account too; without the keys that have none."""
    accounts = {name: _of_account(account) for name, account in settings.accounts.items()}
    return {**_of_model(Settings), "accounts": accounts}


def _of_account(account: BaseAccount) -> dict[str, Any]:
    kind = type(account)
    bare = kind.model_construct(**_of_fields(kind))
    operations = {
        name: bare.operation(name).model_dump(exclude={"ambiguous_is_set"})
        for name, operation in account.known_operations.items()
        if operation.lane == name
    }
    return {**_of_model(kind), "operations": operations}


def _of_model(model: type[BaseModel]) -> dict[str, Any]:
    defaults: dict[str, Any] = to_jsonable_python(_of_fields(model))
    return defaults


def _of_fields(model: type[BaseModel]) -> dict[str, Any]:
    fields = model.model_fields.items()
    defaults = {name: field.get_default(call_default_factory=True) for name, field in fields}
    return {name: one for name, one in defaults.items() if one is not PydanticUndefined}
