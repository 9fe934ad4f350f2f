"""Whether a request was passed on by a proxy, which may stand on this machine."""

from __future__ import annotations

import pytest

from batchline.worker.dashboard.guard import is_forwarded

HERE = "http://localhost:5555/lanes"
OUT_THERE = "https://ops.shop.example/lanes"


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
        {"Referer": OUT_THERE},
        {"Referer": OUT_THERE, "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_proxy_is_seen_by_what_it_says(headers):
    assert is_forwarded("HTTP/1.1", {"Host": "localhost:5555", **headers})


def test_nginx_is_seen_by_its_http_1_0_where_it_says_nothing():
    assert is_forwarded("HTTP/1.0", {"Host": "127.0.0.1:5555", "Connection": "close"})


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
    ],
)
def test_a_browser_of_this_machine_is_no_proxy(headers):
    assert not is_forwarded("HTTP/1.1", {"Host": "localhost:5555", **headers})
