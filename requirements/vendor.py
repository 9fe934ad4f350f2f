"""Fetches the files of the dashboard that others wrote, by npm: `make vendor`.

`vendor.json` beside them says which package and version, the hash of the package as npm prints it,
and each file's: a package of another hash is refused. npm is needed for this alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "worker" / "dashboard" / "static" / "vendor"


def main() -> int:
    """Write each file, and its hash into `vendor.json`."""
    table = FOLDER / "vendor.json"
    packages = json.loads(table.read_text())
    for package in packages:
        with tempfile.TemporaryDirectory() as folder:
            _fetch(package, Path(folder))
    table.write_text(json.dumps(packages, indent=2) + "\n")
    return 0


def integrity(data: bytes) -> str:
    """The hash as npm and browsers write it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def _fetch(package: dict[str, Any], folder: Path) -> None:
    name = f"{package['package']}@{package['version']}"
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), name]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    archive = next(folder.glob("*.tgz"))
    found = integrity(archive.read_bytes())
    if found != package["integrity"]:
        sys.exit(f"{name} is not what it was: {found}, not {package['integrity']}")
    with tarfile.open(archive) as files:
        for file in package["files"]:
            member = files.extractfile(f"package/{file['from']}")
            data = member.read() if member else b""
            (FOLDER / file["file"]).write_bytes(data)
            file["integrity"] = integrity(data)


if __name__ == "__main__":
    sys.exit(main())
