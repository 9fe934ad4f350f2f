"""docs/routes.md names the targets and defaults of the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batchline.producers.neutral import NEUTRAL, standard_fields
from batchline.systems.registry import systems

TEXT = (Path(__file__).parents[2] / "docs" / "routes.md").read_text()
SYSTEMS = [name for name, system in systems().items() if system.mapping]


@pytest.mark.parametrize("name", NEUTRAL)
def test_the_table_of_defaults_is_the_programs(name):
    rows = [f"| `{name}` | {' | '.join(f'`{system}`' for system in SYSTEMS)} |"]
    rows.append("|---" * (len(SYSTEMS) + 1) + "|")
    for field in standard_fields(NEUTRAL[name]):
        targets = [systems()[system].mapping[name].defaults.get(field) for system in SYSTEMS]
        cells = [f"`{target}`" if target else "-" for target in targets]
        rows.append(f"| `{field}` | {' | '.join(cells)} |")
    assert "\n".join(rows) in TEXT


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_kind_of_target_is_named(system):
    paragraph = re.search(rf"^`{system}`, .*?\n\n", TEXT, re.MULTILINE | re.DOTALL)
    for table in systems()[system].mapping.values():
        for kind in table.kinds:
            assert re.search(rf"`{kind}[`:]", paragraph[0]), kind
