"""The addresses of our pages."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from tornado import web
from tornado.routing import URLSpec

from batchline.worker.dashboard.pages.accounts import Accounts
from batchline.worker.dashboard.pages.acts import Acts
from batchline.worker.dashboard.pages.erasing import Erase, EraseNow, Suppress, SuppressNoMore
from batchline.worker.dashboard.pages.lanes import Lane, Lanes
from batchline.worker.dashboard.pages.overview import Home, Overview
from batchline.worker.dashboard.pages.pausing import Pause, Resume
from batchline.worker.dashboard.static import Static


def ours() -> list[URLSpec]:
    """The rules that stand before Flower's own."""
    static: dict[str, Any] = {"path": str(files("batchline.worker.dashboard") / "static")}
    return [
        web.url(r"/", Home),
        web.url(r"/overview", Overview, name="overview"),
        web.url(r"/lanes", Lanes, name="lanes"),
        web.url(r"/lanes/pause", Pause, name="pause"),
        web.url(r"/lanes/resume", Resume, name="resume"),
        web.url(r"/lanes/([^/]+)", Lane, name="lane"),
        web.url(r"/accounts", Accounts, name="accounts"),
        web.url(r"/erase", Erase, name="erase"),
        web.url(r"/erase/now", EraseNow, name="erase_now"),
        web.url(r"/erase/suppress", Suppress, name="suppress"),
        web.url(r"/erase/suppress-no-more", SuppressNoMore, name="suppress_no_more"),
        web.url(r"/acts", Acts, name="acts"),
        web.url(r"/batchline/static/(.*)", Static, static, name="batchline_static"),
    ]
