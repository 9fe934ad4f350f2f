"""Imports run one way: what stands lower never imports what stands on it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BELOW_PRODUCERS = {"systems"}
BELOW_STORE = {"producers", *BELOW_PRODUCERS}
BELOW_TROUBLES = {"worker.store", *BELOW_STORE}
BELOW_DELIVERY = {"worker.troubles", *BELOW_TROUBLES}
BELOW_DEAD_LETTERS = {"worker.delivery", "worker.intake", "worker.filters", *BELOW_DELIVERY}
BELOW_ERASURE = {"worker.dead_letters", *BELOW_DEAD_LETTERS}
BELOW_INSPECTION = {"worker.dead_letters", *BELOW_DEAD_LETTERS}
BELOW_METRICS = {"worker.inspection", *BELOW_INSPECTION}
BELOW_ALERTS = {"worker.metrics", *BELOW_METRICS}
BELOW_RUNTIME = {"worker.alerts", "worker.erasure", *BELOW_ALERTS}
BELOW_DOCTOR = {"worker.runtime", *BELOW_RUNTIME}
BELOW_APP = {"worker.runtime", *BELOW_RUNTIME}
BELOW_DEVSTACK = {"app", *BELOW_APP}
BELOW_DASHBOARD = {"worker.devstack", "worker.preview", "ask", *BELOW_DEVSTACK}
BELOW_CLI = {"worker.dashboard", "worker.doctor", *BELOW_DASHBOARD}
#: Rooms, and those that each may import besides itself.
MAY_IMPORT: dict[str, set[str]] = {
    "sandbox": set(),
    "systems": set(),
    "producers": BELOW_PRODUCERS,
    "direct": {"worker.delivery", *BELOW_STORE},
    "ask": {"worker.delivery", *BELOW_STORE},
    "testing": {"systems"},
    "worker.store": BELOW_STORE,
    "worker.filters": {"systems"},
    "worker.troubles": BELOW_TROUBLES,
    "worker.intake": BELOW_STORE,
    "worker.delivery": BELOW_DELIVERY,
    "worker.dead_letters": BELOW_DEAD_LETTERS,
    "worker.preview": BELOW_DEAD_LETTERS,
    "worker.erasure": BELOW_ERASURE,
    "worker.inspection": BELOW_INSPECTION,
    "worker.metrics": BELOW_METRICS,
    "worker.alerts": BELOW_ALERTS,
    "worker.runtime": BELOW_RUNTIME,
    "app": BELOW_APP,
    "worker.doctor": BELOW_DOCTOR,
    "worker.devstack": {"sandbox", *BELOW_DEVSTACK},
    "worker.dashboard": {"worker.doctor", *BELOW_DASHBOARD},
    "worker.cli": BELOW_CLI,
    "__main__": {"worker.cli"},
    "salesmanago": {"direct", "producers", "systems"},
    "": {"producers", "salesmanago", "ask"},
}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the package, by its name below `batchline`."""
    for folder, prefix in ((ROOT / "batchline", ""), *((ROOT / n, n) for n in PILLARS)):
        for path in sorted(folder.rglob("*.py")):
            inner = path.relative_to(folder)
            if prefix == "" and inner.parts[0] in PILLARS:
                continue  # a link to the folder at the top
            parts = [part for part in (prefix, *inner.with_suffix("").parts) if part]
            yield ".".join(part for part in parts if part != "__init__"), path


PILLARS = ("producers", "worker")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path, running: bool = False) -> Iterator[str]:
    """The absolute names of the modules that a file imports, wherever in it.

    With `running`, without those that only type checkers import.
    """
    tree = parsed(path)
    unseen: set[ast.AST] = set()
    if running:
        unseen = {one for node in ast.walk(tree) if _for_checkers(node) for one in ast.walk(node)}
    for node in ast.walk(tree):
        if node in unseen:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in KNOWN else str(node.module)


def _for_checkers(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


MODULES = dict(modules())
KNOWN = {f"batchline.{name}".rstrip(".") for name in MODULES}


@cache
def own_imports(path: Path, running: bool = False) -> frozenset[str]:
    """The package's modules that a file imports, by their names below `batchline`."""
    found = set()
    for name in imports(path, running):
        first, _, rest = name.partition(".")
        if first == "batchline":
            found.add(rest)
    return frozenset(found)


def room(module: str) -> str:
    """The room of a module: `worker.store` of `worker.store.lua.x`, `systems` of `systems.x`."""
    first, *rest = module.split(".")
    return f"worker.{rest[0]}" if first == "worker" and rest else first


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_its_own_room_and_those_below(module):
    own = room(module)
    if own == "worker":
        assert not own_imports(MODULES[module])
        return
    reached = {room(name) for name in own_imports(MODULES[module])} - {own}
    assert reached <= MAY_IMPORT[own], f"{module} imports {sorted(reached - MAY_IMPORT[own])}"


def test_only_the_devstack_starts_the_sandbox():
    users = {
        room(name)
        for name, path in MODULES.items()
        for other in own_imports(path)
        if room(other) == "sandbox"
    }
    assert users == {"sandbox", "worker.devstack"}


def test_nothing_is_imported_by_the_bare_name_of_a_pillar():
    """An application has a `worker` and a `sandbox` of its own."""
    folders = [ROOT / name for name in ("batchline", "producers", "worker", "tests", "examples")]
    paths = {path.resolve() for folder in folders for path in folder.rglob("*.py")}
    bare = {
        (str(path), name)
        for path in paths
        for name in imports_of_any(path)
        if name.split(".")[0] in {"producers", "worker", "sandbox"}
    }
    assert not bare


def imports_of_any(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module)


def test_no_module_imports_itself_in_a_circle():
    graph = {
        name: own_imports(path, running=True) & MODULES.keys() - {name}
        for name, path in MODULES.items()
    }
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a circle: {' -> '.join((*way[way.index(name) :], name))}"
        if name not in done:
            for other in sorted(graph[name]):
                visit(other, (*way, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_no_test_imports_another_test():
    """What tests share has files of its own: builders, fake_api, stack, flower, models."""
    folders = ("tests.unit", "tests.integration", "tests.sandbox")
    imported = {
        (path.name, name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in imports_of_any(path)
        if name.startswith(folders)
    }
    assert not imported
