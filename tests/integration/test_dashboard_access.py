"""Who gets into the dashboard, and who may act there."""

from __future__ import annotations

import os
from urllib.parse import urlencode

import pytest
import requests
from celery.app.control import Control
from flower.api.control import WorkerPoolGrow

from batchline.worker.dashboard import passwords
from batchline.worker.dashboard.access import secret_file, users_file
from batchline.worker.dashboard.attempts import MOST_OF_NAME
from batchline.worker.dashboard.roles import Role, may
from batchline.worker.dashboard.users import Users
from batchline.worker.store import acts, pause
from tests.builders import contact
from tests.dashboard import PASSWORD, Browser, Provider, add_users, running_dashboard
from tests.waiting import PATIENCE, until

LANE = "default:contact.upsert"
NO_TOKEN, NO_COOKIE = {"token": False}, {}


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "LOG2_N", 4)


@pytest.fixture
def waiting(stack):
    """A lane with a message."""
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    return stack


@pytest.fixture
def users(waiting):
    found = Users(users_file(waiting.settings))
    add_users(found)
    return found


@pytest.fixture
def url(waiting, users):
    """A dashboard with a user of each role."""
    with running_dashboard(waiting.settings) as url:
        yield url


def test_a_page_leads_whoever_has_not_logged_in_to_the_login_and_back(url):
    browser = Browser(url)
    asked = browser.get("/lanes?account=default&sort=name")
    assert asked.url.startswith(f"{url}/login?next=")
    assert "<form" in asked.text
    form = asked.url.removeprefix(url)
    done = browser.post(form, name="viewer", password=PASSWORD)
    assert (done.status_code, done.headers["Location"]) == (303, "/lanes?account=default&sort=name")
    assert browser.get("/lanes").status_code == 200


@pytest.mark.parametrize("path", ["/", "/workers", "/tasks", "/broker", "/acts", f"/lanes/{LANE}"])
def test_no_page_is_open(url, path):
    assert "/login" in Browser(url).get(path).url


@pytest.mark.parametrize("name", ["viewer", "nobody", "", "../users"])
def test_a_wrong_name_or_password_is_refused_in_the_same_words(url, name):
    refused = Browser(url).log_in(name, "another password")
    assert refused.status_code == 401
    assert "Name or password is wrong." in refused.text


def test_too_many_failed_logins_of_a_name_are_told_to_wait_even_with_the_right_password(url):
    browser = Browser(url)
    for _ in range(MOST_OF_NAME):
        assert browser.log_in("admin", "a wrong password").status_code == 401
    refused = browser.log_in("admin")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert browser.log_in("viewer").status_code == 303


def test_a_login_is_kept_in_a_cookie_that_scripts_and_other_sites_do_not_get(url):
    done = Browser(url).log_in("viewer")
    cookie = next(one for one in done.raw.headers.getlist("Set-Cookie") if one.startswith("user="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_behind_tls_the_cookie_is_secure(waiting, users):
    with running_dashboard(waiting.settings, xheaders=True) as url:
        browser = Browser(url)
        browser.session.headers["X-Scheme"] = "https"
        cookies = browser.log_in("viewer").raw.headers.getlist("Set-Cookie")
    assert any(one.startswith("user=") and "Secure" in one for one in cookies)


def test_sessions_are_signed_by_the_cookie_secret_that_flower_was_given(waiting, users):
    with running_dashboard(waiting.settings, cookie_secret="A" * 40) as url:
        browser = Browser(url)
        browser.log_in("viewer")
    secret_file(waiting.settings).unlink(missing_ok=True)  # another replica has another one
    with running_dashboard(waiting.settings, cookie_secret="A" * 40) as url:
        browser.url = url
        assert browser.get("/lanes").url == f"{url}/lanes"


def test_a_session_outlives_a_restart(waiting, users):
    with running_dashboard(waiting.settings) as url:
        browser = Browser(url)
        browser.log_in("viewer")
    with running_dashboard(waiting.settings) as url:
        browser.url = url
        assert browser.get("/lanes").url == f"{url}/lanes"


def test_a_new_password_and_a_removed_user_end_the_sessions(url, users):
    browsers = {name: Browser(url) for name in ("viewer", "operator")}
    for name, browser in browsers.items():
        browser.log_in(name)
    users.put("viewer", Role.VIEWER, "another password")
    users.remove("operator")
    for browser in browsers.values():
        assert "/login" in browser.get("/lanes").url


def test_a_forged_session_is_none(url, users):
    browser = Browser(url)
    browser.session.cookies.set("user", f"admin:{users.all()['admin'].stamp}")
    assert "/login" in browser.get("/lanes").url


#: What a request does -> its address and fields.
ACTS = {
    "pause": ("/lanes/pause", {"scope": LANE}),
    "resume": ("/lanes/resume", {"scope": LANE}),
    "control": ("/api/worker/shutdown/nobody@nowhere", {}),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", ACTS)
def test_an_act_needs_its_role(url, role, act):
    browser = Browser(url)
    browser.log_in(role.word)
    path, fields = ACTS[act]
    answer = browser.post(path, **fields)
    if may(role, act):
        assert answer.status_code in (303, 404)  # no such worker
    else:
        assert answer.status_code == 403
        assert f"{role.word} ({role.word}) may not {act}" in answer.text


@pytest.mark.parametrize("act", ACTS)
def test_whoever_has_not_logged_in_may_nothing(url, act):
    browser = Browser(url)
    browser.get("/login")
    path, fields = ACTS[act]
    assert browser.post(path, **fields).status_code == 403


@pytest.mark.parametrize("act", ACTS)
def test_no_act_goes_without_the_token(url, act):
    browser = Browser(url)
    browser.log_in("admin")
    path, fields = ACTS[act]
    assert browser.post(path, token=False, **fields).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
    ],
)
def test_no_act_goes_from_another_site_even_with_the_token(url, waiting, headers):
    browser = Browser(url)
    browser.log_in("admin")
    browser.session.headers.update(headers)
    assert browser.post("/lanes/pause", scope=LANE).status_code == 403
    assert pause.paused(waiting.store) == {}


def test_flowers_list_of_tasks_is_read_by_whoever_has_logged_in_and_by_nobody_else(url):
    asked = {"draw": "1", "start": "0", "length": "10", "order[0][column]": "0"}
    browser = Browser(url)
    browser.get("/login")
    assert browser.post("/tasks/datatable", **asked).status_code == 403
    browser.log_in("viewer")
    assert browser.post("/tasks/datatable", **asked).status_code == 200
    assert browser.post("/tasks/datatable", token=False, **asked).status_code == 403


def test_a_login_form_of_another_site_is_refused(url):
    browser = Browser(url)
    browser.get("/login")
    browser.session.headers["Origin"] = "https://evil.example"
    assert browser.post("/login", name="admin", password=PASSWORD).status_code == 403


@pytest.mark.parametrize("role", Role)
def test_a_page_shows_only_the_buttons_that_the_role_may_press(url, role):
    browser = Browser(url)
    browser.log_in(role.word)
    expected = {"/lanes/pause"} if may(role, "pause") else set()
    assert browser.forms("/lanes") == browser.forms(f"/lanes/{LANE}") == expected


def test_who_did_what_is_kept_and_shown(url, waiting):
    browser = Browser(url)
    browser.log_in("operator")
    browser.post("/lanes/pause", scope=LANE, reason="the shop is closed")
    browser.post("/lanes/resume", scope=LANE)
    lines = [(one.who, one.what, one.on, one.detail) for one in acts.read(waiting.store)]
    assert lines == [
        ("operator", "resumed", LANE, ""),
        ("operator", "paused", LANE, "the shop is closed"),
    ]
    page = browser.get("/acts").text
    assert "the shop is closed" in page
    assert page.index("resumed") < page.index("paused")


@pytest.mark.parametrize("elsewhere", ["https://evil.test", "//evil.example", "/\t/evil.test"])
def test_a_login_leads_to_no_other_site(url, elsewhere):
    browser = Browser(url)
    browser.get("/login")
    path = f"/login?{urlencode({'next': elsewhere})}"
    done = browser.post(path, name="viewer", password=PASSWORD)
    assert done.headers["Location"] == "/overview"


def test_what_flower_itself_can_do_is_kept_too(url, waiting, monkeypatch):
    monkeypatch.setattr(WorkerPoolGrow, "is_worker", lambda self, name: True)
    monkeypatch.setattr(Control, "pool_grow", lambda self, **given: [{"one@host": {"ok": "grown"}}])
    browser = Browser(url)
    browser.log_in("admin")
    assert browser.post("/api/worker/pool/grow/one@host", n="2").status_code == 200
    lines = until(lambda: acts.read(waiting.store), "the act is kept")
    assert (lines[0].who, lines[0].what, lines[0].on) == (
        "admin",
        "Flower: worker pool grow",
        "one@host",
    )


def test_read_only_forbids_every_act_to_everybody(waiting, users):
    with running_dashboard(waiting.settings, read_only=True) as url:
        browser = Browser(url)
        assert browser.log_in("admin").status_code == 303
        assert browser.forms("/lanes") == set()
        for path, fields in ACTS.values():
            assert browser.post(path, **fields).status_code == 403


def test_every_page_has_a_policy_that_names_no_other_host(url):
    browser = Browser(url)
    browser.log_in("viewer")
    for path in ("/login", "/overview", "/lanes", "/workers", "/acts", "/nowhere", "/api/workers"):
        policy = browser.get(path).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


def test_under_a_prefix_every_link_and_form_of_ours_has_it(waiting, users):
    with running_dashboard(waiting.settings, url_prefix="watch") as url:
        browser = Browser(url)
        done = browser.post("/login", name="admin", password=PASSWORD, token=False)
        assert done.status_code == 403
        browser.log_in("admin")
        page = browser.get("/lanes")
        assert page.status_code == 200
        assert browser.forms("/lanes") == {"/watch/lanes/pause"}
        assert 'href="/watch/lanes/' in page.text
        assert 'href="/lanes' not in page.text
        assert browser.post("/lanes/pause", scope=LANE).headers["Location"] == "/watch/lanes"


def test_without_a_login_the_page_says_so_and_whoever_is_here_may_act(waiting):
    with running_dashboard(waiting.settings) as url:
        browser = Browser(url)
        assert "No login is configured" in browser.get("/lanes").text
        assert browser.post("/lanes/pause", scope=LANE).status_code == 303
        assert browser.post("/lanes/resume", token=False, scope=LANE).status_code == 403
    assert acts.read(waiting.store)[0].who == "nobody (no login)"


def test_without_a_login_a_page_that_names_this_machine_otherwise_gets_nothing(waiting):
    """A foreign name that leads to 127.0.0.1 would make a foreign page one of this site."""
    with running_dashboard(waiting.settings) as url:
        for path in ("/lanes", "/workers", "/metrics"):
            answer = requests.get(
                f"{url}{path}", headers={"Host": "evil.example"}, timeout=PATIENCE
            )
            assert answer.status_code == 403


def test_without_a_login_nobody_behind_a_proxy_is_let_in(waiting):
    with running_dashboard(waiting.settings, xheaders=True) as url:
        answer = requests.get(f"{url}/lanes", headers={"X-Real-Ip": "192.0.2.7"}, timeout=PATIENCE)
        assert answer.status_code == 403


def test_basic_auth_keeps_working_with_a_role_for_each_name(waiting, users):
    with waiting.config.open("a") as config:
        config.write('\n[dashboard.roles]\nann = "operator"\n')
    logins = ["ann:secret word", "bob:other word"]
    with running_dashboard(waiting.settings, basic_auth=logins) as url:
        for path in ("/lanes", "/workers"):
            refused = Browser(url).get(path)
            assert refused.status_code == 401
            assert refused.headers["WWW-Authenticate"].startswith("Basic ")
        ann, bob = Browser(url, ("ann", "secret word")), Browser(url, ("bob", "other word"))
        assert ann.forms("/lanes") == {"/lanes/pause"}
        assert bob.forms("/lanes") == set()
        assert ann.post("/lanes/pause", token=False, scope=LANE).status_code == 403
        assert ann.post("/lanes/pause", scope=LANE).status_code == 303
        assert bob.post("/lanes/pause", scope=LANE).status_code == 403
    assert acts.read(waiting.store)[0].who == "ann"


def test_an_oauth_provider_keeps_working_with_a_role_for_each_name(waiting, users, monkeypatch):
    """A provider sets the cookie `user` to the address that it vouches for."""
    monkeypatch.setattr(Provider, "name", "ann@shop.example")
    with waiting.config.open("a") as config:
        config.write('\n[dashboard.roles]\n"ann@shop.example" = "operator"\n"*" = "viewer"\n')
    wanted = {
        "auth": "ann@shop.example|bob@shop.example",
        "auth_provider": "tests.dashboard.Provider",
    }
    with running_dashboard(waiting.settings, **wanted) as url:
        browser = Browser(url)
        browser.get("/login")
        assert browser.forms("/lanes") == {"/lanes/pause"}
        assert browser.post("/lanes/pause", scope=LANE).status_code == 303
        monkeypatch.setattr(Provider, "name", "bob@shop.example")
        other = Browser(url)
        other.get("/login")
        assert other.forms("/lanes") == set()
        monkeypatch.setattr(Provider, "name", "eve@shop.example")
        stranger = Browser(url)
        stranger.get("/login")
        assert stranger.get("/lanes", allow_redirects=False).status_code == 302
    assert acts.read(waiting.store)[0].who == "ann@shop.example"


def test_redis_that_does_not_answer_is_said_in_a_sentence(waiting):
    away = waiting.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    with running_dashboard(waiting.settings) as url:
        import flower.urls

        house = flower.urls.settings["batchline"]
        house.settings, house._store = away, None
        answer = Browser(url).get("/lanes")
    assert answer.status_code == 503
    assert "Redis does not answer" in answer.text
    assert "Traceback" not in answer.text


def test_a_users_file_that_others_can_read_lets_nobody_in(url, users):
    browser = Browser(url)
    browser.log_in("viewer")
    os.chmod(users.path, 0o644)
    assert browser.get("/lanes").status_code in (500, 503)
