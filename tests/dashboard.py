"""A dashboard in a thread of the test, against a real Redis, and browsers that talk to it."""

from __future__ import annotations

import asyncio
import html
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import flower.urls
import requests
from celery import Celery
from flower.app import Flower
from flower.command import extract_settings
from flower.views import BaseHandler
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.options import options

from batchline.producers import Settings
from batchline.worker.dashboard.install import install
from batchline.worker.dashboard.roles import Role
from batchline.worker.dashboard.users import Users
from tests.waiting import PATIENCE

PASSWORD = "a long enough password"
#: Options of Flower that tests, or the dashboard itself, change.
OPTIONS = (
    *("address", "auth", "auth_provider", "basic_auth", "cookie_secret", "read_only"),
    *("unix_socket", "url_prefix", "tasks_columns", "max_tasks", "xheaders", "certfile", "keyfile"),
)


class Provider(BaseHandler):
    """A login of somebody else's, as Flower's providers of OAuth: it vouches for `name`."""

    name = ""

    def get(self) -> None:
        self.set_secure_cookie("user", self.name)


class Browser:
    """A browser with its cookies, as far as forms need one."""

    def __init__(self, url: str, auth: tuple[str, str] | None = None) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.auth = auth
        self.session.headers["Connection"] = "close"  # nothing of it is left open

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.session.get(f"{self.url}{path}", timeout=PATIENCE, **more)

    def post(self, path: str, token: bool = True, **fields: str) -> requests.Response:
        """Post a form, with the token that the last page gave."""
        if token:
            fields["_xsrf"] = self.session.cookies.get("_xsrf") or ""
        return self.session.post(
            f"{self.url}{path}", data=fields, timeout=PATIENCE, allow_redirects=False
        )

    def log_in(self, name: str, password: str = PASSWORD) -> requests.Response:
        self.get("/login")
        return self.post("/login", name=name, password=password)

    def forms(self, path: str) -> set[str]:
        """The addresses that the forms of a page post to."""
        found = re.findall(r'<form method="post" action="([^"]+)"', self.get(path).text)
        return {html.unescape(one) for one in found}


@contextmanager
def running_dashboard(settings: Settings, **wanted: Any) -> Iterator[str]:
    """The dashboard with these options of Flower, on a free port; its URL."""
    before = {name: getattr(options, name) for name in OPTIONS}
    theirs = dict(flower.urls.settings)
    started, parts = threading.Event(), {}

    def serve() -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        parts["loop"] = io_loop = IOLoop.current()
        application = Flower(
            capp=Celery(broker=settings.celery_url()),
            options=options,
            io_loop=io_loop,
            **flower.urls.settings,
        )
        server = HTTPServer(application, xheaders=options.xheaders)
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        parts["port"] = sockets[0].getsockname()[1]
        started.set()
        io_loop.start()
        server.stop()
        application.executor.shutdown(wait=False)
        loop.run_until_complete(server.close_all_connections())
        io_loop.close(all_fds=True)

    try:
        for name, value in wanted.items():
            setattr(options, name, value)
        house = install(settings)
        extract_settings()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert started.wait(PATIENCE)
        prefix = f"/{options.url_prefix}" if options.url_prefix else ""
        yield f"http://127.0.0.1:{parts['port']}{prefix}"
        parts["loop"].add_callback(parts["loop"].stop)
        thread.join(PATIENCE)
        house.close()
    finally:
        for name, value in before.items():
            setattr(options, name, value)
        # The templates are put in once in a process: the next dashboard needs them too, also where
        # this one has shown no page.
        found = flower.urls.settings
        kept = {name: found[name] for name in found if name == "template_loader"}
        flower.urls.settings.clear()
        flower.urls.settings.update(theirs | kept)


def add_users(users: Users) -> None:
    """A user of each role, called as the role is."""
    for role in Role:
        users.put(role.word, role, PASSWORD)
