"""What the dashboard's log says of requests: never what somebody typed, nor whom it is about.

An address holds filters, ids and whatever else was asked for, and the words of a refusal repeat
them. So a line has the method, the kind of page and the status; of a fault also where it was.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Collection
from types import TracebackType
from typing import Any

from tornado import web
from tornado.log import access_log

from batchline.systems.addresses import MASK
from batchline.systems.scrub import Scrubber

log = logging.getLogger(__name__)

#: A part of a path that names a kind of page.
_NAME = re.compile(r"[a-z][a-z_-]{0,24}", re.ASCII)
#: Refusals whose words are our own: who may not do what.
_OURS = frozenset((403, 503))
_SCRUBBER = Scrubber()


class NamelessLog(web.RequestHandler):
    """A handler whose faults are logged without the address that was asked for."""

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if not isinstance(value, web.HTTPError):
            log.error("uncaught exception: %s\n%s", named(self), where(value, tb))
        elif value.status_code in _OURS:
            text = _SCRUBBER.text(value.log_message or value.reason or "")
            log.warning("%d %s: %s", value.status_code, named(self), text)
        elif value.log_message:
            log.warning("%d %s", value.status_code, named(self))


class NamelessStatic(NamelessLog, web.StaticFileHandler):
    """The handler of Flower's files."""


def where(error: BaseException | None, tb: TracebackType | None) -> str:
    """Where a fault was, and of which kind; its words may repeat what was asked for."""
    lines = [*traceback.format_tb(tb), f"{type(error).__name__}\n"]
    before = error and (error.__cause__ or error.__context__)
    if before is not None:
        lines = [where(before, before.__traceback__), "\nand then:\n", *lines]
    return "".join(lines)


def note(handler: web.RequestHandler) -> None:
    """Log a request that has ended, in place of Tornado's line with the whole address."""
    status = handler.get_status()
    level = logging.INFO if status < 400 else logging.WARNING if status < 500 else logging.ERROR
    access_log.log(
        level, "%d %s %.2fms", status, named(handler), 1000 * handler.request.request_time()
    )


def named(handler: web.RequestHandler) -> str:
    """The request, by its method, its kind of page, and where it came from."""
    request: Any = handler.request
    taken = {part for text in handler.path_args for part in (text or "").split("/")}
    return f"{request.method} {kind_of(request.path, taken)} ({request.remote_ip})"


def kind_of(path: str, taken: Collection[str] = ()) -> str:
    """The path without what it is about. Pure.

    `taken`: parts of it that the page takes as names.
    """
    parts = path.split("/")
    return "/".join(
        part if not part or (part not in taken and _NAME.fullmatch(part)) else MASK
        for part in parts
    )
