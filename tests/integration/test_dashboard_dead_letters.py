"""The dashboard's dead letters: seen, filtered, mended, replayed, in bulk too, by role."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import unquote

import pytest

from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.dashboard import passwords
from batchline.worker.dashboard.access import users_file
from batchline.worker.dashboard.roles import Role, may
from batchline.worker.dashboard.users import Users
from batchline.worker.dead_letters import browse, bulk, bulk_work
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.store import acts
from tests.builders import contact, event
from tests.dashboard import Browser, add_users, running_dashboard
from tests.letters import dead

ANN = "ann.secret@shop.example"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "LOG2_N", 4)


@pytest.fixture
def url(stack):
    """A dashboard with a user of each role."""
    add_users(Users(users_file(stack.settings)))
    with running_dashboard(stack.settings) as url:
        yield url


@pytest.fixture
def browser_of(url):
    """A browser of somebody with that role, who has seen a page."""

    def log_in(role):
        browser = Browser(url)
        assert browser.log_in(role).status_code == 303
        browser.get("/dead")
        return browser

    return log_in


def coupons(count):
    return [CouponRedemption(email=ANN, coupon=f"CODE-{number}") for number in range(count)]


def one_letter(stack, reason="rejected"):
    (found,) = dead(stack, [event(7, ANN, description="Ann's shoes", value=19.5)], reason)
    return found


def text_of(answer, status=200):
    """The words of a page."""
    assert answer.status_code == status, answer.text
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def editor(page):
    """What the editor of a page holds, and the fingerprint beside it."""
    text = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)[1]
    return html.unescape(text), re.search(r'name="fingerprint" value="(\w+)"', page)[1]


def count_bulk(stack):
    """What a worker's thread does, until nothing is left to take."""
    while bulk_work.work(stack.store, stack.settings, lambda seconds: False):
        pass


def ordered(stack, browser, what="replay", **fields):
    """Order a bulk act, and have it counted; the address of its page."""
    answer = browser.post(f"/dead/{what}", **fields)
    assert answer.status_code == 303, answer.text
    count_bulk(stack)
    return answer.headers["Location"]


def whats(stack):
    return [(one.who, one.what) for one in acts.read(stack.store)]


def test_no_dead_letters_are_said(stack, browser_of):
    said = text_of(browser_of("admin").get("/dead"))
    assert "No dead letters: nothing was given up on." in said
    assert "No bulk act yet." in text_of(browser_of("admin").get("/bulk"))


def test_letters_are_counted_by_reason_and_operation_and_shown_newest_first(stack, browser_of):
    first = dead(stack, coupons(3), "expired", at=1_795_000_000_000)
    second = dead(stack, [event(1, ANN)], "rejected", at=1_795_000_001_000)
    said = text_of(browser_of("viewer").get("/dead"))
    assert "By reason expired 3 rejected 1" in said
    assert "default :coupon.redeem 3 default :event.add 1" in said
    shown = [said.index(one.partition("@")[2]) for one in (*second, *sorted(first, reverse=True))]
    assert shown == sorted(shown)
    assert ANN not in said


@pytest.mark.parametrize(
    "query",
    ["where=reason%3Dexpired", "reason=expired", "where=reason%3Dexpired+account%3Ddefault"],
)
def test_one_filter_is_the_same_in_the_address_as_conditions_and_in_commands(
    stack, browser_of, query
):
    sent = dead(stack, coupons(5), "expired", "rejected")
    page = browser_of("viewer").get(f"/dead?{query}")
    shown = set(re.findall(r'id="letter-([^"]+)"', page.text))
    listed = stack.run("dead", "list", "--where", "reason=expired", "--json").stdout.splitlines()
    assert shown == set(sent[::2]) == {json.loads(line)["id"] for line in listed}
    assert "3 of 5 dead letters fit." in text_of(page)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("where=reason%3Dexpird", "reason: 'expird' is none; did you mean expired?"),
        ("where=nothing", "is no condition such as reason=rejected"),
        ("where=since%3D2h&since=3h", "since= stands in the filter and beside it"),
    ],
)
def test_a_mistake_in_the_filter_is_told_beside_it_and_nothing_can_be_done_by_it(
    stack, browser_of, query, said
):
    dead(stack, coupons(1), "expired")
    answer = browser_of("admin").get(f"/dead?{query}")
    assert said in text_of(answer, 400)
    assert 'aria-describedby="f-wrong f-help"' in answer.text
    assert 'action="/dead/' not in answer.text


def test_pages_go_on_behind_a_letter_that_is_gone_by_then(stack, monkeypatch):
    monkeypatch.setattr(browse, "SIZE", 4)
    sent = dead(stack, coupons(11), at=1_795_000_000_000)
    expected = sorted(sent, reverse=True)
    first = browse.read(stack.store)
    assert [one.id for one in first.letters] == expected[:4]
    dead_letters.replay(stack.store, [expected[3], expected[4]])
    second = browse.read(stack.store, after=first.next)
    assert [one.id for one in second.letters] == expected[5:9]
    last = browse.read(stack.store, after=browse.Cursor.parse(str(second.next)))
    assert [one.id for one in last.letters] == expected[9:]
    assert last.next is None


def test_a_page_that_has_looked_at_enough_says_so_and_the_next_goes_on(
    stack, browser_of, monkeypatch
):
    monkeypatch.setattr(browse, "MOST_LOOKED", 4)
    monkeypatch.setattr(browse, "STEP", 3)
    dead(stack, coupons(6), at=1_795_000_000_000)
    wanted = dead(stack, [contact(ANN)], at=1_794_000_000_000)
    browser = browser_of("admin")
    address = "/dead?where=text%3Dsecret+operation%3Dcontact.upsert"
    page = browser.get(address)
    assert "None of the 4 that were looked at fits." in text_of(page)
    assert "At least 0 of 7 dead letters fit: 4 were looked at" in text_of(page)
    further = html.unescape(re.search(r'rel="next" href="([^"]+)"', page.text)[1])
    assert f'id="letter-{wanted[0]}"' in browser.get(f"/dead{further}").text


def test_a_search_finds_for_a_viewer_only_what_a_viewer_sees(stack, browser_of):
    one_letter(stack)
    for text, finds in (("secret", False), ("shoes", False), ("PURCHASE", True), ("words", True)):
        page = browser_of("viewer").get(f"/dead?where=text%3D{text}")
        assert ("1 of 1 dead letters fit" in text_of(page)) is finds, text
        assert "1 of 1 dead letters fit" in text_of(
            browser_of("admin").get(f"/dead?where=text%3D{text}")
        )


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_persons_are_masked_to_all_until_an_admin_unmasks(stack, browser_of, role):
    message_id = one_letter(stack)
    page = browser_of(role).get(f"/dead/{message_id}")
    said = text_of(page)
    assert '"contactExtEventType": "PURCHASE"' in said
    assert '"value": 19.5' in said
    assert "POST http" in said
    for hidden in (ANN, "shoes", "order-7", "test-key"):
        assert hidden not in page.text


def test_what_an_admin_unmasks_is_among_the_acts_and_kept_by_no_cache(stack, browser_of):
    message_id = one_letter(stack)
    browser = browser_of("admin")
    page = browser.post(f"/dead/{message_id}/unmask")
    assert ANN in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert json.loads(editor(page.text)[0])["data"]["contactEvent"]["description"] == "Ann's shoes"
    (line,) = acts.read(stack.store)
    assert (line.who, line.what, line.on) == ("admin", "unmasked", message_id)
    assert ANN not in browser.get(f"/dead/{message_id}").text


#: Act -> the end of its address, fields, and what it is called among the acts.
LETTER_ACTS = {
    "replay": ("replay", {}, "replayed"),
    "ask": ("ask", {}, "asked about"),
    "unmask": ("unmask", {}, "unmasked"),
    "purge": ("purge", {"sure": "yes"}, "purged"),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", LETTER_ACTS)
def test_an_act_on_a_letter_needs_its_role_and_is_among_the_acts(stack, browser_of, role, act):
    message_id = one_letter(stack)
    path, fields, what = LETTER_ACTS[act]
    answer = browser_of(role.word).post(f"/dead/{message_id}/{path}", **fields)
    if may(role, act):
        assert answer.status_code in (200, 303), answer.text
        assert whats(stack) == [(role.word, what)]
    else:
        assert answer.status_code == 403
        assert whats(stack) == []
        assert dead_letters.show(stack.store, message_id) is not None


@pytest.mark.parametrize("role", Role)
def test_buttons_are_shown_to_those_who_may(stack, browser_of, role):
    message_id = one_letter(stack)
    browser = browser_of(role.word)
    acts_of = {"replay", "ask", "unmask", "purge"}
    assert {unquote(one) for one in browser.forms(f"/dead/{message_id}")} == {
        f"/dead/{message_id}/{one}" for one in acts_of if may(role, one)
    }
    orders = {"replay", "purge", "export"}
    assert browser.forms("/dead") == {f"/dead/{one}" for one in orders if may(role, one)}


@pytest.mark.parametrize(
    "path", ["replay", "purge", "export", "{}/replay", "{}/edit", "{}/unmask", "{}/ask", "{}/purge"]
)
def test_no_act_goes_without_a_token(stack, browser_of, path):
    message_id = one_letter(stack)
    answer = browser_of("admin").post(f"/dead/{path.format(message_id)}", token=False, sure="yes")
    assert answer.status_code == 403
    assert dead_letters.show(stack.store, message_id) is not None
    assert acts.read(stack.store) == []
    assert bulk.every(stack.store) == []


def test_a_bad_edit_names_the_field_keeps_what_was_typed_and_changes_nothing(stack, browser_of):
    message_id = one_letter(stack)
    before = stack.client.hget(stack.keys.dead_body, message_id)
    browser = browser_of("admin")
    text, fingerprint = editor(browser.post(f"/dead/{message_id}/unmask").text)
    typed = text.replace("19.5", "19.555")
    answer = browser.post(f"/dead/{message_id}/edit", document=typed, fingerprint=fingerprint)
    said = text_of(answer, 400)
    assert "contactEvent.value" in said
    assert "Nothing is changed." in said
    assert editor(answer.text)[0].strip() == typed.strip()
    assert stack.client.hget(stack.keys.dead_body, message_id) == before


@pytest.mark.parametrize("typed", ["", "no JSON", "[]", '{"op": "contact.upsert"}', '{"data": 1}'])
def test_what_is_no_message_is_refused(stack, browser_of, typed):
    message_id = one_letter(stack)
    browser = browser_of("admin")
    _, fingerprint = editor(browser.post(f"/dead/{message_id}/unmask").text)
    answer = browser.post(f"/dead/{message_id}/edit", document=typed, fingerprint=fingerprint)
    assert "Nothing is changed." in text_of(answer, 400)


def test_a_letter_is_mended_and_replayed_at_once(stack, browser_of):
    message_id = one_letter(stack)
    browser = browser_of("admin")
    text, fingerprint = editor(browser.post(f"/dead/{message_id}/unmask").text)
    answer = browser.post(
        f"/dead/{message_id}/edit",
        document=text.replace("19.5", "21"),
        fingerprint=fingerprint,
        then="replay",
    )
    assert answer.status_code == 303
    assert unquote(answer.headers["Location"]).startswith(f"/dead/{message_id}?watch=")
    (entry,) = stack.entries(Lane("default", "event.add"))
    assert b'"value":21' in entry.payload
    assert whats(stack) == [("admin", "replayed"), ("admin", "edited"), ("admin", "unmasked")]
    said = text_of(browser.get(answer.headers["Location"]))
    assert "edited: contactEvent.value" in said
    assert "It waits in its lane" in said


def test_an_edit_of_what_somebody_else_has_changed_is_refused(stack, browser_of):
    message_id = one_letter(stack)
    browser = browser_of("admin")
    text, fingerprint = editor(browser.post(f"/dead/{message_id}/unmask").text)
    assert stack.run("dead", "edit", message_id, "--set", "contactEvent.value=3").returncode == 0
    answer = browser.post(f"/dead/{message_id}/edit", document=text, fingerprint=fingerprint)
    assert "somebody else has changed it meanwhile" in text_of(answer, 400)
    assert '"value":3' in dead_letters.show(stack.store, message_id).payload


def test_a_replayed_letter_is_watched_until_it_is_delivered(stack, browser_of):
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact(ANN))
    stack.until(lambda now: now.totals["delivered"] == 1)
    message_id = one_letter(stack)
    browser = browser_of("operator")
    answer = browser.post(f"/dead/{message_id}/replay")
    stack.until(lambda now: now.totals["delivered"] == 2)
    page = browser.get(answer.headers["Location"])
    assert "It is delivered." in text_of(page)
    assert 'hx-trigger="every' not in page.text
    assert "sent, delivered" in text_of(browser.get(f"/dead/{message_id}/way"))


def test_a_replayed_letter_that_dies_again_is_said_to(stack, browser_of):
    message_id = one_letter(stack)
    browser = browser_of("operator")
    answer = browser.post(f"/dead/{message_id}/replay")
    assert 'hx-trigger="every 2s"' in browser.get(answer.headers["Location"]).text
    stack.worker()
    stack.until(lambda now: now.totals["dead"] == 1)
    page = browser.get(answer.headers["Location"])
    assert "It is a dead letter again." in text_of(page)
    assert 'hx-trigger="every' not in page.text


@pytest.mark.parametrize("message_id", ["nothing", "a%2Fb", "default:event.add", "<b>x"])
def test_what_is_no_id_is_said(stack, browser_of, message_id):
    for page in ("", "/way"):
        answer = browser_of("admin").get(f"/dead/{message_id}{page}")
        assert answer.status_code == 404
        assert "<b>x" not in answer.text


def test_everything_that_fits_is_counted_confirmed_and_replayed(stack, browser_of):
    dead(stack, coupons(6), "expired", "rejected")
    browser = browser_of("operator")
    path = ordered(stack, browser, where="reason=expired", name="spring")
    assert path == "/bulk/spring"
    page = browser.get(path)
    assert "Replay 3 dead letters" in text_of(page)
    assert stack.status().totals["dead"] == 6
    assert browser.post(f"{path}/confirm", count="3").status_code == 303
    count_bulk(stack)
    assert "3 of 3 replayed" in text_of(browser.get("/bulk"))
    assert stack.status().totals["dead"] == 3
    assert whats(stack) == [("operator", "replay in bulk"), ("operator", "ordered replay in bulk")]


@pytest.mark.parametrize("count", ["2", "", "all"])
def test_a_purge_needs_its_count_typed(stack, browser_of, count):
    dead(stack, coupons(3), "expired")
    browser = browser_of("admin")
    path = ordered(stack, browser, "purge", where="reason=expired")
    assert text_of(browser.post(f"{path}/confirm", count=count), 409)
    count_bulk(stack)
    assert stack.status().totals["dead"] == 3
    assert browser.post(f"{path}/confirm", count="3").status_code == 303
    count_bulk(stack)
    assert stack.status().totals["purged"] == 3


def test_a_bulk_act_is_stopped_half_way_and_goes_on(stack, browser_of, monkeypatch):
    monkeypatch.setattr(bulk_work, "PAGE", 2)
    dead(stack, coupons(6), "expired")
    browser = browser_of("operator")
    path = ordered(stack, browser, rate="10")
    browser.post(f"{path}/confirm", count="6")
    bulk_work.work(stack.store, stack.settings, lambda seconds: True)
    name = path.rpartition("/")[2]
    assert browser.post(f"{path}/pace", rate="").status_code == 303
    assert bulk.get(stack.store, name).rate is None
    assert browser.post(f"{path}/stop").status_code == 303
    count_bulk(stack)
    act = bulk.get(stack.store, name)
    assert act.state == "stopped"
    assert 0 < act.left < 6
    assert browser.post(f"{path}/resume").status_code == 303
    count_bulk(stack)
    assert bulk.get(stack.store, name).state == "done"


def test_an_operator_neither_confirms_nor_resumes_a_purge_but_stops_it(stack, browser_of):
    dead(stack, coupons(3), "expired")
    path = ordered(stack, browser_of("admin"), "purge")
    browser = browser_of("operator")
    assert browser.forms(path) == {f"{path}/stop"}
    for act in ("confirm", "resume", "pace"):
        assert browser.post(f"{path}/{act}", count="3").status_code == 403
    assert browser.post(f"{path}/stop").status_code == 303
    assert browser_of("viewer").forms(path) == set()
    assert browser_of("viewer").post(f"{path}/stop").status_code == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"where": "reason=expird"},
        {"name": "No Name!"},
        {"rate": "fast"},
        {"rate": "0"},
        {"rate": "nan"},
        {"where": "text=ann"},
    ],
)
def test_an_order_that_cannot_be_carried_out_is_refused(stack, browser_of, fields):
    dead(stack, coupons(1), "expired")
    assert text_of(browser_of("operator").post("/dead/replay", **fields), 400)
    assert bulk.every(stack.store) == []


@pytest.mark.parametrize("role", Role)
def test_an_export_is_an_admins_and_comes_back_by_an_import(stack, browser_of, role):
    sent = dead(stack, coupons(5), "expired", "rejected")
    answer = browser_of(role.word).post("/dead/export", where="reason=expired")
    if role is not Role.ADMIN:
        assert answer.status_code == 403
        assert ANN not in answer.text
        return
    assert answer.headers["Content-Disposition"].startswith("attachment")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert {one["id"] for one in lines} == set(sent[::2])
    last, first = acts.read(stack.store)
    assert (last.who, last.what, last.on, last.count) == ("admin", "exported", "reason=expired", 3)
    assert first.what == "export begun"
    dead_letters.purge(stack.store, sent, 0.0)
    (stack.folder / "letters.jsonl").write_text(answer.text)
    assert stack.run("dead", "import", "letters.jsonl").returncode == 0
    assert {one.id for one in dead_letters.find(stack.store)} == set(sent[::2])


def test_what_a_message_says_is_shown_as_text(stack, browser_of):
    evil = "<script>alert(1)</script>"
    (message_id,) = dead(stack, [event(1, ANN, description=evil)])
    browser = browser_of("admin")
    for page in (
        browser.post(f"/dead/{message_id}/unmask"),
        browser.get(f"/dead?where=text%3D{evil}"),
    ):
        assert page.status_code == 200
        assert "<script>alert" not in page.text


def test_the_api_is_asked_whether_it_has_it(stack, browser_of):
    message_id = one_letter(stack, "ambiguous")
    said = text_of(browser_of("operator").post(f"/dead/{message_id}/ask"))
    assert "What the API says" in said
    assert ANN not in said


def test_a_page_costs_the_same_however_many_letters_there_are(stack, browser_of):
    """Commands that Redis carried out for the page, and bytes that it sent for them."""
    dead(stack, coupons(60))
    browser = browser_of("viewer")

    def cost():
        before = stack.client.info("stats")
        assert browser.get("/dead").status_code == 200
        after = stack.client.info("stats")
        return after["total_net_output_bytes"] - before["total_net_output_bytes"]

    few = min(cost() for _ in range(3))
    name = sorted(stack.client.hkeys(stack.keys.dead_body))[0]
    body = stack.client.hget(stack.keys.dead_body, name)
    lane = name.decode().partition("@")[0]
    pipeline = stack.client.pipeline(transaction=False)
    ids = [f"{lane}@{1_794_000_000_000 + number}-0" for number in range(20_000)]
    pipeline.hset(stack.keys.dead_body, mapping=dict.fromkeys(ids, body))
    pipeline.zadd(stack.keys.dead, {one: 1_794_000_000_000 for one in ids})
    pipeline.hincrby(stack.keys.state(Lane.parse(lane)), "dead", len(ids))
    pipeline.execute()
    many = min(cost() for _ in range(3))
    assert many < 2 * few + 20_000
