"""Installs requirements into an environment, and shows how far it is.

.venv/bin/python requirements/prepare.py requirements/dev.txt
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

#: pip's line about a package that it has found.
_FOUND = re.compile(r"\s*(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)")
#: Lines of pip's output that are shown where it fails.
TAIL = 20
#: Packages between two lines where the output is no terminal.
STEP = 20


def main(requirements: str) -> int:
    """Run pip; returns its exit status."""
    packages = re.findall("^[A-Za-z0-9].*==", Path(requirements).read_text(), re.MULTILINE)
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    command = [*pip, "--no-color", "--progress-bar", "off", "--require-hashes", "-r", requirements]
    found: set[str] = set()
    lines = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        for line in running.stdout or ():
            lines.append(line)
            match = _FOUND.match(line)
            if match and match[1] not in found:
                found.add(match[1])
                show(f"  {len(found)} of up to {len(packages)} packages", len(found) % STEP == 0)
            elif line.startswith("Installing"):
                show(f"  installing {len(found)} packages ...", True)
    show("  failed:" if running.returncode else f"  {len(found)} packages are there", True)
    if sys.stdout.isatty():
        sys.stdout.write("\n")
    if running.returncode:
        sys.stdout.writelines(lines[-TAIL:])
    return running.returncode


def show(text: str, milestone: bool) -> None:
    """Show where it is: in place on a terminal, else a line at each milestone."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r{text:60}")
    elif milestone:
        sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
