"""What `from batchline import ...` gives."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import batchline
from batchline import producers, salesmanago

SOURCE = Path(batchline.__file__).read_text()


@pytest.mark.parametrize("name", batchline.__all__)
def test_every_public_name_is_there(name):
    assert getattr(batchline, name) is not None
    assert name in dir(batchline)


def test_the_public_names_are_those_of_the_producers_and_the_modules_beside():
    assert set(batchline.__all__) == {*producers.__all__, "salesmanago", "ask"}


def test_helpers_that_speak_salesmanago_are_in_its_place_alone():
    helpers = {*producers.salesmanago.__all__, "upsert_contact_and_wait"}
    assert helpers <= {*salesmanago.__all__}
    assert not helpers & {*batchline.__all__, *producers.__all__}
    for name in helpers:
        assert callable(getattr(salesmanago, name))
        assert not hasattr(batchline, name)


def test_a_type_checker_sees_every_public_name():
    tree = ast.parse(SOURCE)
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    imported = [alias.name for node in block.body for alias in node.names]
    assert sorted(imported) == sorted(batchline.__all__)


def test_a_name_that_is_none_is_refused_by_name():
    with pytest.raises(AttributeError, match="no attribute 'Produser'"):
        batchline.Produser  # noqa: B018


def test_importing_batchline_loads_nothing_and_enqueueing_no_worker():
    code = (
        "import sys, batchline\n"
        "heavy = {'pydantic', 'redis', 'celery', 'kombu', 'requests', 'sentry_sdk', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "batchline.Producer\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "['pydantic', 'redis']"]
