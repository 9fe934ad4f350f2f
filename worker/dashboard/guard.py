"""What every page of the dashboard keeps to, Flower's own pages included: who may see and act.

Flower's own check of requests lets everybody through where there is no login, and whoever comes
with a password of basic auth. Here each request that changes something needs a role and Tornado's
XSRF token, whatever the login.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any
from urllib.parse import unquote, urlsplit

from flower.views import BaseHandler
from tornado import web

from batchline.worker.dashboard import forwarded, roles
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
        """No login: who comes over the network, by a proxy, or by another name, is refused."""
        request = self.request
        mend = "Add a user and restart the dashboard: batchline users add NAME --role admin"
        if sign := forwarded.sign(request.version, request.headers):
            raise web.HTTPError(
                403,
                f"no login is configured, and a proxy has passed this request on ({sign}): "
                f"everybody behind it would be an admin. {mend}",
            )
        host = urlsplit(f"//{request.host}").hostname or ""
        if not is_loopback(request.remote_ip or "") or not is_loopback(host):
            raise web.HTTPError(
                403,
                "no login is configured, so the dashboard answers this machine only, as "
                f"localhost. {mend}",
            )


def act_of(path: str) -> tuple[str, str]:
    """What a request to Flower's API does, and to what: of /api/worker/pool/grow/NAME. Pure."""
    *what, on = path.partition("/api/")[2].split("/")
    return f"Flower: {' '.join(what)}", unquote(on)


def _name_of(header: str) -> str:
    """The name in a header of basic auth that Flower has accepted."""
    return base64.b64decode(header.partition(" ")[2]).decode().partition(":")[0]
