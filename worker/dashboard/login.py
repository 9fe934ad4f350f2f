"""Our login, as one of Flower's providers (its option `auth_provider`)."""

from __future__ import annotations

import math

from flower.views.auth import is_safe_redirect
from tornado import web

from batchline.worker.dashboard.guard import Guarded

#: Characters of a name that are looked at: it is remembered for as long as it has to wait.
LONGEST_NAME = 100


class LoginHandler(Guarded):
    """A form for name and password; the answer is a session's cookie."""

    act = ""

    def get(self) -> None:
        self._show("")

    async def post(self) -> None:
        if self.house.access.way != "users":
            raise web.HTTPError(404)
        name = self.get_body_argument("name", "")[:LONGEST_NAME]
        password = self.get_body_argument("password", "", strip=False)
        address = self.request.remote_ip or ""
        wait = self.house.attempts.wait(name, address)
        if wait:
            self.set_status(429)
            self.set_header("Retry-After", str(math.ceil(wait)))
            self._show(f"Too many failed logins: try again in {math.ceil(wait / 60)} min.", name)
            return
        if self.house.is_comparing_many():
            raise web.HTTPError(503, "too many logins at once")
        self.house.attempts.begin(name, address)
        user = await self.house.compare(name, password)
        if user is None:
            self.set_status(401)
            self._show("Name or password is wrong.", name)
            return
        self.house.attempts.succeeded(name, address)
        self.begin_session(user.name, user.stamp)
        self.redirect(self._next(), status=303)

    def _show(self, wrong: str, name: str = "") -> None:
        if self.house.access.way != "users":
            raise web.HTTPError(404)
        self.render("batchline_login.html", wrong=wrong, name=name, next_url=self._next())

    def _next(self) -> str:
        """Where the login leads: to the page that was asked for, if it is one of ours."""
        wanted = self.get_query_argument("next", "")
        home: str = self.reverse_url("overview")
        return wanted if is_safe_redirect(wanted) else home
