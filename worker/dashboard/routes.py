"""The addresses of our pages."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from tornado import web
from tornado.routing import URLSpec

from batchline.worker.dashboard.pages.accounts import Account, Accounts, Check
from batchline.worker.dashboard.pages.acts import Acts
from batchline.worker.dashboard.pages.bulk import (
    Bulk,
    Confirm,
    OneBulk,
    Order,
    OrderPurge,
    Pace,
    Stop,
)
from batchline.worker.dashboard.pages.bulk import (
    Resume as ResumeBulk,
)
from batchline.worker.dashboard.pages.dead import Dead, Seen
from batchline.worker.dashboard.pages.dead_export import Export
from batchline.worker.dashboard.pages.erasing import Erase, EraseNow, Suppress, SuppressNoMore
from batchline.worker.dashboard.pages.lanes import Lane, Lanes
from batchline.worker.dashboard.pages.letter import (
    Ask,
    Edit,
    Letter,
    Purge,
    Replay,
    Unmask,
    Way,
)
from batchline.worker.dashboard.pages.overview import Home, Overview
from batchline.worker.dashboard.pages.pausing import Pause, Resume
from batchline.worker.dashboard.pages.requests import Requests
from batchline.worker.dashboard.pages.trace import Trace
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
        web.url(r"/dead", Dead, name="dead"),
        web.url(r"/dead/export", Export, name="dead_export"),
        web.url(r"/dead/replay", Order, name="dead_replay"),
        web.url(r"/dead/seen", Seen, name="dead_seen"),
        web.url(r"/dead/purge", OrderPurge, name="dead_purge"),
        web.url(r"/dead/([^/]+)", Letter, name="letter"),
        web.url(r"/dead/([^/]+)/way", Way, name="letter_way"),
        web.url(r"/dead/([^/]+)/unmask", Unmask, name="letter_unmask"),
        web.url(r"/dead/([^/]+)/edit", Edit, name="letter_edit"),
        web.url(r"/dead/([^/]+)/replay", Replay, name="letter_replay"),
        web.url(r"/dead/([^/]+)/purge", Purge, name="letter_purge"),
        web.url(r"/dead/([^/]+)/ask", Ask, name="letter_ask"),
        web.url(r"/bulk", Bulk, name="bulk"),
        web.url(r"/bulk/([^/]+)", OneBulk, name="bulk_act"),
        web.url(r"/bulk/([^/]+)/confirm", Confirm, name="bulk_confirm"),
        web.url(r"/bulk/([^/]+)/stop", Stop, name="bulk_stop"),
        web.url(r"/bulk/([^/]+)/resume", ResumeBulk, name="bulk_resume"),
        web.url(r"/bulk/([^/]+)/pace", Pace, name="bulk_pace"),
        web.url(r"/accounts", Accounts, name="accounts"),
        web.url(r"/accounts/([^/]+)", Account, name="account"),
        web.url(r"/accounts/([^/]+)/check", Check, name="account_check"),
        web.url(r"/trace", Trace, name="trace"),
        web.url(r"/requests", Requests, name="requests"),
        web.url(r"/erase", Erase, name="erase"),
        web.url(r"/erase/now", EraseNow, name="erase_now"),
        web.url(r"/erase/suppress", Suppress, name="suppress"),
        web.url(r"/erase/suppress-no-more", SuppressNoMore, name="suppress_no_more"),
        web.url(r"/acts", Acts, name="acts"),
        web.url(r"/batchline/static/(.*)", Static, static, name="batchline_static"),
    ]
