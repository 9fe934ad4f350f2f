"""What our tabs have in common."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from flower.views.auth import is_safe_redirect
from redis.exceptions import RedisError
from tornado import web

from batchline.producers.redis_client import described
from batchline.systems.errors import BatchlineError
from batchline.worker.dashboard.guard import Guarded
from batchline.worker.dashboard.pages import words

#: The cookie with what the next page says of an act.
TOLD = "batchline_told"

log = logging.getLogger(__name__)


class Page(Guarded):
    """A tab: everybody who has logged in may see it."""

    @web.authenticated
    def _ask_who(self) -> None:
        """Send a browser without a session to the login."""

    def prepare(self) -> Any:
        if self.current_user is None and "HX-Request" in self.request.headers:
            self.set_header("HX-Refresh", "true")  # the whole page, which leads to the login
            raise web.Finish
        self._ask_who()
        if self._finished:
            return None
        return super().prepare()

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "private, no-cache")

    def show(self, name: str, **data: Any) -> None:
        """Answer with this template of ours."""
        self.render(f"batchline_{name}.html", words=words, may=self.may, told=self._told(), **data)

    def tell(self, text: str) -> None:
        """Let the next page say this, once."""
        self.set_secure_cookie(TOLD, text, None)

    def _told(self) -> str:
        text = self.get_secure_cookie(TOLD)
        if text is None:
            return ""
        self.clear_cookie(TOLD)
        return str(text, errors="replace")

    def back(self) -> None:
        """After an act: to the page that the form names, or to the lanes."""
        wanted = self.get_body_argument("next", "")
        self.redirect(wanted if is_safe_redirect(wanted) else self.reverse_url("lanes"), status=303)

    def write_error(self, status_code: int, **details: Any) -> None:
        """Say what is wrong in a sentence, never with a traceback."""
        if status_code == 401:
            super().write_error(status_code, **details)  # it asks for the password of basic auth
            return
        error = (details.get("exc_info") or (None, None))[1]
        if isinstance(error, RedisError):
            status_code, text = 503, f"Redis does not answer: {described(error)}"
        elif isinstance(error, BatchlineError):
            status_code, text = 503, str(error)
        elif isinstance(error, web.HTTPError):
            text = error.log_message or error.reason or ""
        else:
            text = "This page failed; Flower's log says where."
        if not hasattr(self, "_current_user"):
            self.current_user = None
        self.set_status(status_code)
        self.render("batchline_error.html", status=status_code, text=text)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if isinstance(value, RedisError):
            log.warning("Redis: %s", described(value))
        elif isinstance(value, BatchlineError):
            log.warning("%s", value)
        else:
            super().log_exception(typ, value, tb)

    @property
    def here(self) -> str:
        """The address of this page with its filters, for `next` of a form."""
        parts = urlsplit(self.request.uri or "/")
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
