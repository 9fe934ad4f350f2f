"""Whether a proxy has passed a request on, as far as that can be seen. Pure.

A proxy may stand on this machine and name it as the host, for anybody out there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from batchline.worker.dashboard.access import is_loopback

#: Headers that proxies, balancers and tunnels add, and no browser sends of itself.
_ADDED = re.compile(
    r"""
      forwarded | via | x-via | x-scheme | x-url-scheme | x-host | x-port | front-end-https
    | x-forward.* | x-original-.* | x-rewrite-url | x-nginx-.* | x-proxy.* | cdn-.*
    | .*(client|real|connecting|source|remote|user|cluster|peer)-?(ip|addr|address)
    | .*forwarded-for | x-coming-from
    | (x-)?(cf|fastly|akamai|azure|appengine|amzn?|arr|envoy|cloud|fly|tailscale|ngrok)-.*
    | (x-)?(remote|authenticated)-user | x-auth-request-.*
    """,
    re.VERBOSE | re.IGNORECASE,
)


def sign(version: str, headers: Mapping[str, str]) -> str:
    """What shows that a proxy has passed the request on, in words; "": nothing does.

    Most proxies tell so in a header. nginx tells nothing unless it is told to, and speaks HTTP/1.0,
    as no browser does. What a page of the dashboard leads to names it as the referrer, by the name
    that the browser knows; a link from elsewhere is told apart by Sec-Fetch-Site, which browsers
    send to localhost.
    """
    for name in headers:
        if _ADDED.fullmatch(name):
            return f"the header {name}"
    if version == "HTTP/1.0":
        return version
    fields = {name.lower(): text for name, text in headers.items()}
    if fields.get("sec-fetch-site") in ("cross-site", "same-site"):
        return ""
    came_from = urlsplit(fields.get("referer", "")).hostname
    return "" if came_from is None or is_loopback(came_from) else "the header Referer"
