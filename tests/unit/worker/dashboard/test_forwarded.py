"""Whether a request was passed on by a proxy, which may stand on this machine."""

from __future__ import annotations

import pytest

from batchline.worker.dashboard.forwarded import sign

HERE = "http://localhost:5555/lanes"
OUT_THERE = "https://ops.shop.example/lanes"
#: What chromium sends to localhost, by a click and from a script.
BROWSERS = {
    "Connection": "keep-alive",
    "Cache-Control": "max-age=0",
    "sec-ch-ua": '"Chromium";v="140"',
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Linux"',
    "Upgrade-Insecure-Requests": "1",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "Accept": "text/html",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US,en;q=0.9",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Sec-Fetch-Dest": "document",
    "Origin": "http://localhost:5555",
    "Referer": HERE,
    "Cookie": "_xsrf=1",
    "X-Requested-With": "XMLHttpRequest",
    "X-Xsrftoken": "1",
    "Content-Type": "application/x-www-form-urlencoded",
    "DNT": "1",
    "Sec-GPC": "1",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"x-forwarded-proto": "https"},
        {"X-Forwarded-Anything": "x"},
        {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 varnish"},
        {"X-Real-IP": "203.0.113.9"},
        {"CF-Connecting-IP": "203.0.113.9"},
        {"True-Client-IP": "203.0.113.9"},
        {"X-Cluster-Client-Ip": "203.0.113.9"},
        {"X-Original-Forwarded-For": "203.0.113.9"},
        {"X-Azure-ClientIP": "203.0.113.9"},
        {"Fly-Client-IP": "203.0.113.9"},
        {"X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678"},
        {"X-Envoy-External-Address": "203.0.113.9"},
        {"Tailscale-User-Login": "ann@shop.example"},
        {"X-Remote-User": "ann"},
        {"X-Scheme": "https"},
        {"Referer": OUT_THERE},
        {"Referer": OUT_THERE, "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_proxy_is_seen_by_what_it_says(headers):
    (first, *_) = headers
    assert sign("HTTP/1.1", {"Host": "localhost:5555", **headers}) == f"the header {first}"


def test_nginx_is_seen_by_its_http_1_0_where_it_says_nothing():
    assert sign("HTTP/1.0", {"Host": "127.0.0.1:5555", "Connection": "close"}) == "HTTP/1.0"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Referer": HERE, "Sec-Fetch-Site": "same-origin"},
        {"Referer": "http://127.0.0.1:5555/"},
        {"Referer": "http://[::1]:5555/"},
        # A link in somebody's Grafana leads to the dashboard of this machine.
        {"Referer": "http://grafana.shop.example/", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none", "User-Agent": "a browser"},
        BROWSERS,
    ],
)
def test_a_browser_of_this_machine_is_no_proxy(headers):
    assert sign("HTTP/1.1", {"Host": "localhost:5555", **headers}) == ""
