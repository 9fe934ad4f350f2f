"""Our own files: style, script and what is vendored."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from tornado import web

from batchline.worker.dashboard.request_log import NamelessLog

#: The folder, in the package.
FOLDER = files("batchline.worker.dashboard") / "static"


class Static(NamelessLog, web.StaticFileHandler):
    """A file of ours; its address holds a hash of it, so a browser may keep it."""

    def set_extra_headers(self, path: str) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")


@cache
def version(name: str) -> str:
    """What stands behind the `?v=` of a file's address."""
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
