"""Operations that the API takes one at a time."""

from __future__ import annotations

from collections.abc import Sequence

from batchline.systems.account import EffectiveOperation, SalesmanagoAccount
from batchline.systems.contract import Item, Request
from batchline.systems.planning import one_by_one, waves
from batchline.systems.salesmanago.methods import METHODS


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """A call for each; those about the same contact, task or e-mail one after the other."""
    path = METHODS[operation].path
    return [one_by_one(wave, operation, path) for wave in waves(items, _about)]


def _about(item: Item) -> list[str]:
    return [item.contact] if item.contact else []
