"""The tab Erase in a real browser."""

from __future__ import annotations

import pytest

from batchline.producers.lanes import Lane
from batchline.worker.erasure import act
from tests.builders import ANN, event
from tests.wide.conftest import PHONE


@pytest.fixture
def waiting(stack):
    with stack.producer() as producer:
        producer.send_many([event(1), event(2, "bob@shop.example")])
    return stack


def test_an_admin_counts_confirms_and_the_contact_is_gone(waiting, browse):
    seen = browse()
    page = seen.log_in("admin")
    seen.open("/erase")
    page.get_by_label("E-mail address").fill(ANN)
    page.get_by_role("button", name="Count").click()
    page.get_by_text("1 waiting in lanes").wait_for()
    assert ANN not in page.url
    page.get_by_role("button", name="Erase it, and suppress it").click()
    page.get_by_role("status").filter(has_text="is ordered").wait_for()
    assert act.work(waiting.store, waiting.settings, lambda seconds: False)
    seen.open("/erase")
    assert page.get_by_role("region", name="Erasures").get_by_text("1 waiting").is_visible()
    assert page.get_by_role("region", name="Suppression list").get_by_text("email").is_visible()
    assert len(waiting.entries(Lane("default", "event.add"))) == 1
    assert seen.complaints == []
    assert seen.foreign == []


def test_a_viewer_sees_no_form(waiting, browse):
    seen = browse()
    page = seen.log_in("viewer")
    seen.open("/erase")
    assert page.locator("form[method=post]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_by_the_page(waiting, browse, axe, scheme):
    seen = browse(color_scheme=scheme)
    page = seen.log_in("admin")
    seen.open("/erase")
    assert axe(page) == []


def test_the_page_fits_a_phone(waiting, browse):
    seen = browse(**PHONE)
    page = seen.log_in("admin")
    seen.open("/erase")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
