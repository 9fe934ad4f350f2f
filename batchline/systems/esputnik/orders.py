"""Orders: POST /v1/orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from batchline.systems.account import EffectiveOperation
from batchline.systems.contract import Item, Request
from batchline.systems.planning import chains, cut, fold, waves

PATH = "/api/v1/orders"


def merge(items: Sequence[Item]) -> list[Item]:
    """Versions of one order become the newest, which "updates" the others."""
    made = chains(items, lambda item: [item.contact], lambda item: item.contact)
    return [merged for chain in made for merged in fold(chain, merge_runs)]


def merge_runs(orders: Sequence[Mapping[str, Any]]) -> list[tuple[dict[str, Any], list[int]]]:
    """Each newest version with the places of those it stands for.

    A version that leaves out what the one before it gave does not stand for it: no document says
    whether the API keeps what an update does not give.
    """
    runs: list[tuple[dict[str, Any], list[int]]] = []
    for index, order in enumerate(orders):
        if runs and runs[-1][0].keys() <= order.keys():
            runs[-1][1].append(index)
            runs[-1] = dict(order), runs[-1][1]
        else:
            runs.append((dict(order), [index]))
    return runs


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation
) -> list[list[Request]]:
    """An order is once in a wave: its versions arrive in order."""
    return [
        [Request(operation, PATH, run) for run in cut(wave, settings)]
        for wave in waves(items, lambda item: [item.contact])
    ]
