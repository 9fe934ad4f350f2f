"""What we rely on of Flower, and the files of others that we ship."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import flower.urls
import pytest
from flower.options import options

from batchline.worker.dashboard import templates_loader
from batchline.worker.dashboard.install import COLUMNS, FLOWERS_COLUMNS
from batchline.worker.dashboard.static import FOLDER
from batchline.worker.dashboard.templates_loader import FIRST_TAB, with_tabs

THEIRS = Path(flower.urls.settings["template_path"])
VENDOR = Path(str(FOLDER / "vendor"))
PACKAGES = json.loads((VENDOR / "vendor.json").read_text())
OURS = Path(str(templates_loader.__file__)).parent / "templates"


def test_flowers_bar_has_the_place_where_our_tabs_go():
    assert FIRST_TAB in (THEIRS / "navbar.html").read_text()


def test_flowers_list_of_tasks_has_the_columns_by_default_that_we_replace():
    assert options.tasks_columns in (FLOWERS_COLUMNS, COLUMNS)


def test_our_tabs_are_there_even_if_flowers_bar_has_changed():
    assert "<li>ours</li>" in with_tabs("<nav>quite another bar</nav>", "<li>ours</li>")


def test_no_template_of_ours_takes_the_name_of_one_of_flowers():
    assert not {one.name for one in OURS.iterdir()} & {one.name for one in THEIRS.iterdir()}


def test_every_inline_script_of_flowers_gets_the_nonce():
    loader = templates_loader.loader(THEIRS)
    for name, text in loader.dict.items():
        scripts = re.findall(r"<script[^>]*>", text)
        assert all("src=" in one or "nonce=" in one for one in scripts), name


@pytest.mark.parametrize("path", sorted(OURS.iterdir()), ids=lambda path: path.name)
def test_no_page_of_ours_has_an_inline_script_style_or_another_host(path):
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|\bon[a-z]+=\"|https?://", text)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["package"])
def test_the_files_of_others_are_what_npm_gave(package):
    for file in package["files"]:
        digest = hashlib.sha512((VENDOR / file["file"]).read_bytes()).digest()
        assert file["integrity"] == f"sha512-{base64.b64encode(digest).decode()}"


def test_every_file_of_others_has_its_line_and_every_package_its_licence():
    named = [file["file"] for package in PACKAGES for file in package["files"]]
    assert sorted([*named, "vendor.json"]) == sorted(one.name for one in VENDOR.iterdir())
    for package in PACKAGES:
        assert any("LICENSE" in file["file"] for file in package["files"])
