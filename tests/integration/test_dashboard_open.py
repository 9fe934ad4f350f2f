"""The dashboard without a login, when something on this machine passes requests on to it."""

from __future__ import annotations

import pytest
import requests

from batchline.worker.store import pause
from tests.builders import contact
from tests.dashboard import running_dashboard
from tests.waiting import PATIENCE

LANE = "default:contact.upsert"
TOKEN = {"_xsrf": "1"}


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "203.0.113.9"}, {"Via": "1.1 proxy"}, {"X-Real-Ip": "127.0.0.1"}],
    ids=lambda headers: next(iter(headers)),
)
def test_what_a_proxy_on_this_machine_passes_on_is_refused_changes_nothing_and_says_why(
    stack, headers
):
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    with running_dashboard(stack.settings) as url:
        page = requests.get(f"{url}/lanes", headers=headers, timeout=PATIENCE)
        act = requests.post(
            f"{url}/lanes/pause",
            data={"scope": LANE, **TOKEN},
            cookies=TOKEN,
            headers=headers,
            timeout=PATIENCE,
        )
    assert (page.status_code, act.status_code) == (403, 403)
    assert pause.paused(stack.store) == {}
    assert f"a proxy has passed this request on (the header {next(iter(headers))})" in page.text
    assert "batchline users add NAME --role admin" in page.text
