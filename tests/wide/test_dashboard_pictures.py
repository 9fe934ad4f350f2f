"""The pictures that the documents show: a shop on a day on which not all is well."""

from __future__ import annotations

import asyncio
import math
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from batchline.producers.lanes import Lane
from batchline.systems.esputnik.messages import ContactUpsert
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.cli.top.app import Top
from batchline.worker.dashboard.roles import Role
from batchline.worker.dead_letters import browse as browse_letters
from batchline.worker.dead_letters import bulk
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.doctor import one_account
from batchline.worker.store import pause, redis_clock
from batchline.worker.store.history import DAY, HOUR, MINUTE_MS, QUARTER, Sample
from tests.builders import contact, event
from tests.dashboard import PASSWORD
from tests.waiting import PATIENCE
from tests.wide.conftest import PHONE

SIZE = {"viewport": {"width": 1280, "height": 800}}
#: Lane -> messages in and out in an ordinary minute; and since how many minutes it stands still.
SHOP = {
    ("default", "contact.upsert"): (420, None),
    ("default", "event.add"): (910, 14),
    ("default", "coupon.redeem"): (12, None),
    ("es", "contact.upsert"): (380, None),
    ("es", "event.add_v2"): (760, None),
}


def remember(store):
    """A day in the history: what workers would have sampled."""
    newest = redis_clock.now(store) // MINUTE_MS
    rows = {key: [1000, 1000, 0, 0, 60, 0] for key in SHOP}
    for ago in range(DAY, -1, -1):
        for key, (usual, stands) in SHOP.items():
            row = rows[key]
            came = round(usual * (1 + 0.35 * math.sin((ago + usual) / 7) + 0.1 * math.sin(ago * 5)))
            row[0] += came
            if stands is None or ago >= stands:
                row[1] += row[3] + came if row[3] else came
                row[3] = 0
            else:
                row[3] += came
            row[4] += math.ceil(came / 50)
            row[5] += stands is not None and ago < stands
            row[2] += key[1] == "coupon.redeem" and ago % 11 == 0
        minute = newest - ago
        counted = {key: tuple(row) for key, row in rows.items()}
        taken = Sample(minute * MINUTE_MS, counted).to_bytes()
        if ago <= HOUR:
            store.client.hset(store.keys.history_minutes, minute, taken)
        if minute % QUARTER == 0:
            store.client.hset(store.keys.history_quarters, minute, taken)


def coupon(number):
    return CouponRedemption.model_validate(
        {"email": f"p{number}@shop.example", "coupon": f"NO-{number}"}
    )


@pytest.fixture
def shop(stack, users):
    """Two systems; one lane that the API fails on, one that is paused, one with dead letters."""
    users.put("olga", Role.OPERATOR, PASSWORD)
    stack.add_account("es", "esputnik")
    with stack.config.open("a") as config:
        config.write("\n[accounts.es.limits]\nper_second = 10\n")
    stack.worker()
    with stack.producer() as producer:
        producer.send_many([contact(f"p{n}@shop.example") for n in range(400)])
        stack.until(lambda now: now.totals["delivered"] == 400)
        producer.send_many([event(n, f"nobody{n}@shop.example") for n in range(45)])
        producer.send_many([coupon(n) for n in range(12)])
        stack.until(lambda now: now.totals["dead"] == 12 and now.totals["backlog"] == 0)
        pause.pause(stack.store, "es:contact.upsert", "the shop counts its stock", "olga")
        stack.sandbox.control.fault("status", {"path": "/api/contact/batchAdd*"}, status=503)
        producer.send_many([event(n, f"p{n}@shop.example") for n in range(60, 1260)])
        producer.send_many(upserts(), account="es")
    stack.until(lambda now: stack.lane("event.add").attempts >= 2)
    one_account.check(stack.store, stack.settings, "default", "olga")
    wanted = Filter(reason="rejected")
    bulk.order(stack.store, "after-the-fix", "replay", wanted, "olga", rate=5)
    remember(stack.store)
    return stack


def upserts():
    return [
        ContactUpsert.model_validate(
            {"channels": [{"type": "email", "value": f"e{n}@shop.example"}]}
        )
        for n in range(640)
    ]


def failing(stack):
    """The id of a message that the API fails on."""
    lane = Lane("default", "event.add")
    return stack.entries(lane)[0].id(lane)


@pytest.mark.parametrize(
    ("name", "path", "options"),
    [
        ("overview", "/overview", SIZE),
        ("overview-dark", "/overview", {**SIZE, "color_scheme": "dark"}),
        ("lanes", "/lanes", SIZE),
        ("lanes-dark", "/lanes", {**SIZE, "color_scheme": "dark"}),
        ("lane", "/lanes/default:event.add", SIZE),
        ("trace", "/trace?q={failing}", SIZE),
        ("requests", "/requests?verdict=failed", SIZE),
        ("dead", "/dead", SIZE),
        ("dead-dark", "/dead", {**SIZE, "color_scheme": "dark"}),
        ("letter", "/dead/{letter}", SIZE),
        ("bulk", "/bulk", SIZE),
        ("accounts", "/accounts", SIZE),
        ("account", "/accounts/default", SIZE),
        ("acts", "/acts", SIZE),
        ("phone-overview", "/overview", PHONE),
        ("phone-lanes", "/lanes", PHONE),
        ("phone-dead", "/dead", PHONE),
        ("login", None, SIZE),
    ],
)
def test_a_page_can_be_pictured(shop, browse, pictures, name, path, options):
    seen = browse(**options)
    if path is None:
        page = seen.open("/login")
    else:
        page = seen.log_in("olga")
        letter = browse_letters.read(shop.store).letters[0].id
        seen.open(path.format(letter=letter, failing=failing(shop)))
    page.wait_for_load_state("networkidle")
    page.screenshot(path=pictures / f"{name}.png", full_page=path is not None)
    assert seen.complaints == []


def test_the_terminal_can_be_pictured(shop, chromium, pictures):
    with ThreadPoolExecutor(1) as thread:  # the browser's loop runs in this one
        svg = thread.submit(asyncio.run, terminal(shop)).result()
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.set_content(re.sub(r"@font-face *{[^}]*}", "", svg))  # fonts of another host
    page.locator("svg").screenshot(path=pictures / "top.png")
    assert page.get_by_text("es:contact.upsert").count() > 0
    page.close()


async def terminal(shop):
    """What `batchline top` shows, as SVG."""
    app = Top(shop.store, shop.settings, every=0.1)
    async with app.run_test(size=(140, 20)):
        ends = time.monotonic() + PATIENCE
        while True:
            shown = app.export_screenshot(title="batchline top")
            if "es:contact.upsert" in shown and "Filter" in shown:
                return shown
            assert time.monotonic() < ends, shown
            await asyncio.sleep(0.02)
