"""What every page of the dashboard keeps to, Flower's own pages included: who may see and act.

Flower's own check of requests lets everybody through where there is no login, and whoever comes
with a password of basic auth. Here each request that changes something needs a role and Tornado's
XSRF token, whatever the login.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from flower.views import BaseHandler
from tornado import web

from batchline.worker.dashboard import roles
from batchline.worker.dashboard.access import is_loopback
from batchline.worker.dashboard.house import House
from batchline.worker.dashboard.request_log import NamelessLog
from batchline.worker.dashboard.roles import Role
from batchline.worker.dashboard.static import version

SAFE = ("GET", "HEAD", "OPTIONS")
#: The session's cookie, as Flower names it.
COOKIE = "user"
#: Who acts where there is no login.
LOCAL = "nobody (no login)"
#: Headers by which a proxy tells for whom it asks; all that begin with X-Forwarded- are such too.
FORWARDED = (
    *("Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-Host"),
    *("True-Client-Ip", "Cf-Connecting-Ip", "Cf-Ray", "Fastly-Client-Ip", "X-Scheme"),
)
#: What a page may load; `{nonce}`: of Flower's own inline scripts. Bootstrap's style has images.
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Guarded(BaseHandler, NamelessLog):  # type: ignore[misc] # Flower has no types
    """A handler that knows who asks, and lets nobody do what their role may not."""

    #: What a request that is not SAFE does, as `roles.ACTS` names it; "": a login, open to all.
    act = "control"
    application: Any  # Flower's: it has options

    @property
    def house(self) -> House:
        found: House = self.application.settings[House.NAME]
        return found

    @property
    def nonce(self) -> str:
        """The nonce of this answer's policy, for the inline scripts of Flower's templates."""
        if not hasattr(self, "_nonce"):
            self._nonce = secrets.token_urlsafe(16)
        return self._nonce

    def own_url(self, name: str) -> str:
        """The address of a file of our own folder `static`."""
        return f"{self.reverse_url('batchline_static', name)}?v={version(name)}"

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Security-Policy", POLICY.format(nonce=self.nonce))
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("X-Frame-Options", "DENY")

    def prepare(self) -> Any:
        if self.house.access.is_open:
            self._check_it_is_from_here()
        if self.request.method not in SAFE and self.act:
            self.check_may(self.act)
        return super().prepare()

    def on_finish(self) -> None:
        """Keep who did what of Flower's own."""
        is_done = self.request.method not in SAFE and self.get_status() < 400
        if is_done and self.act == "control" and self.current_user:
            self.house.note(self.current_user, *act_of(self.request.path))
        super().on_finish()

    def check_may(self, act: str) -> None:
        """Refuse who may not do this; nobody may anything where Flower is read-only."""
        if self.application.options.read_only:
            raise web.HTTPError(403, reason="The dashboard is read-only")
        if not self.may(act):
            who = f"{self.current_user} ({self.role.word})" if self.role else "whoever is not here"
            raise web.HTTPError(403, f"{who} may not {act}")

    def check_xsrf_cookie(self) -> None:
        """Strict: no login is an exception, and a foreign page is refused even with a token."""
        site, origin = (self.request.headers.get(name) for name in ("Sec-Fetch-Site", "Origin"))
        if site not in (None, "same-origin", "none"):
            raise web.HTTPError(403, "the request comes from another site")
        if origin is not None and urlsplit(origin).netloc != self.request.host:
            raise web.HTTPError(403, "the request comes from another site")
        web.RequestHandler.check_xsrf_cookie(self)

    def get_current_user(self) -> str | None:
        """The name of who asks; None: nobody has logged in."""
        match self.house.access.way:
            case "open":
                return LOCAL
            case "users":
                return self._of_session()
            case "basic":
                super().get_current_user()  # raises 401
                return _name_of(self.request.headers.get("Authorization", ""))
        user = super().get_current_user()
        return user if isinstance(user, str) else None

    @property
    def role(self) -> Role | None:
        """The role of who asks; None: nobody has logged in."""
        name = self.current_user
        if name is None:
            return None
        if self.house.access.is_open:
            return Role.ADMIN
        if self.house.access.way == "users":
            user = self.house.users.get(name)
            return user.role if user else None
        return roles.named(self.house.settings.dashboard.roles, name)

    def may(self, act: str) -> bool:
        """Whether who asks may do this, as a page's buttons show it."""
        return not self.application.options.read_only and roles.may(self.role, act)

    def set_secure_cookie(self, name: str, value: Any, *rest: Any, **options: Any) -> None:
        options.setdefault("secure", self.request.protocol == "https")
        super().set_secure_cookie(name, value, *rest, **options)

    def begin_session(self, name: str, stamp: str) -> None:
        """Let this browser come back as that user, until the password changes."""
        days = self.house.settings.dashboard.session / 86_400
        self.set_secure_cookie(COOKIE, f"{name}:{stamp}", days)

    def _of_session(self) -> str | None:
        days = self.house.settings.dashboard.session / 86_400
        text = (self.get_secure_cookie(COOKIE, max_age_days=days) or b"").decode()
        name, _, stamp = text.rpartition(":")
        user = self.house.users.get(name)
        is_valid = user is not None and secrets.compare_digest(user.stamp, stamp)
        return name if is_valid else None

    def _check_it_is_from_here(self) -> None:
        """No login: whoever comes over the network, or from a page of another name, is refused."""
        request = self.request
        host = urlsplit(f"//{request.host}").hostname or ""
        is_here = is_loopback(request.remote_ip or "") and is_loopback(host)
        if not is_here or is_forwarded(request.version, request.headers):
            raise web.HTTPError(
                403,
                "no login is configured, so the dashboard answers this machine only, as localhost "
                "and through no proxy: batchline users add NAME --role admin",
            )


def is_forwarded(version: str, headers: Mapping[str, str]) -> bool:
    """Whether a proxy has passed a request on, as far as that can be seen. Pure.

    A proxy may stand on this machine and name it as the host, for anybody out there. Most tell so
    in a header. nginx tells nothing unless it is told to, and speaks HTTP/1.0, as no browser does.
    What a page of the dashboard leads to names it as the referrer, by the name that the browser
    knows; a link from elsewhere is told apart by Sec-Fetch-Site, which browsers send to localhost.
    """
    names = {name.lower() for name in headers}
    if version == "HTTP/1.0" or names & {name.lower() for name in FORWARDED}:
        return True
    if any(name.startswith("x-forwarded") for name in names):
        return True
    fields = {name.lower(): text for name, text in headers.items()}
    if fields.get("sec-fetch-site") in ("cross-site", "same-site"):
        return False
    came_from = urlsplit(fields.get("referer", "")).hostname
    return came_from is not None and not is_loopback(came_from)


def act_of(path: str) -> tuple[str, str]:
    """What a request to Flower's API does, and to what: of /api/worker/pool/grow/NAME. Pure."""
    *what, on = path.partition("/api/")[2].split("/")
    return f"Flower: {' '.join(what)}", unquote(on)


def _name_of(header: str) -> str:
    """The name in a header of basic auth that Flower has accepted."""
    return base64.b64decode(header.partition(" ")[2]).decode().partition(":")[0]
