"""Every trouble is told: a line when it begins and one when it ends, `status` names it meanwhile.

A producer makes each kind of the table for real: the engine, its scripts, Redis and the tasks are
the real ones, and the API ends its calls as planned. It yields the words of the
task that met the trouble, while the trouble lasts.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace

import pytest
from celery import Celery
from click.testing import CliRunner

from batchline.producers import Producer, results
from batchline.producers.keys import Keys
from batchline.producers.lanes import Lane
from batchline.producers.redis_client import connect
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.systems.verdicts import Newer
from batchline.worker.cli.status import command as status_command
from batchline.worker.delivery import confirmations
from batchline.worker.delivery.http import BROKEN_OFF, NoAnswer
from batchline.worker.devstack import processes as children
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.runtime import dispatcher, tasks, teller
from batchline.worker.runtime.process import Process
from batchline.worker.store import pause
from batchline.worker.store.parking import unpark
from batchline.worker.store.store import Store
from batchline.worker.troubles import unseen, watch
from batchline.worker.troubles.kinds import KINDS
from batchline.worker.troubles.unread import Kept
from batchline.worker.troubles.words import OF_NO_ACCOUNT
from tests.builders import contact, event
from tests.fake_api import ACCOUNT, Upserts, configure, context_of
from tests.waiting import PATIENCE, until

UPSERTS = Lane("default", "contact.upsert")
EVENTS = Lane("default", "event.add")
COUPONS = Lane("default", "coupon.redeem")
AT_ONCE = """
[accounts.default.operations."contact.upsert"]
linger = 0
[accounts.default.operations."event.add"]
linger = 0
ambiguous = "hold"
[accounts.default.operations."coupon.redeem"]
linger = 0
ambiguous = "hold"
"""
#: The end of a request for which there is no connection.
UNREACHABLE = "connection refused"
#: Kind -> its producer.
PRODUCERS = {}


def producer(function):
    """The producer of the kind that the function is named after."""
    PRODUCERS[function.__name__] = function
    return function


class Api(Upserts):
    """Takes upserts, events and coupons, answers about jobs; each call calls `during`."""

    def __init__(self):
        super().__init__(())
        self.during = lambda: None
        self.answers = {}
        self.headers = {}
        #: Status, headers and body for each request with the contact c3.
        self.refuses = None

    def send(self, call):
        self.during()
        if self.plan and self.plan[0] == BROKEN_OFF:
            raise NoAnswer(self.plan.pop(0))
        if self.plan and self.plan[0] == UNREACHABLE:
            raise NoAnswer(self.plan.pop(0), unreachable=True)
        if call.body and b'"c3@' in call.body and self.refuses:
            return HttpAnswer(*self.refuses)
        if self.plan and self.plan[0] == "429":
            return HttpAnswer(int(self.plan.pop(0)), self.headers, b"")
        if call.method == "GET" or "job/status" in call.url:
            if self.plan:
                raise NoAnswer(self.plan.pop(0))
            url = self.answers.get("url", "http://127.0.0.1:9/file")
            status_of_job = {"success": True, "message": [], "fileUrl": url}
            body = self.answers["file"] if call.method == "GET" else status_of_job
            return HttpAnswer(200, {}, json.dumps(body).encode())
        return super().send(call)

    def work(self, url, body):
        if "batchupsertv2" in url:
            return self.upsert(body["upsertDetails"])
        return {"success": True, "message": [], **self.answers.get("more", {})}


class Scene:
    """A worker's process whose API is planned, and what it told people."""

    def __init__(self, store, redis_url, folder, monkeypatch, caplog, resources):
        self.store, self.redis_url, self.folder = store, redis_url, folder
        self.resources = resources
        self._monkeypatch, self._caplog = monkeypatch, caplog
        self.api = Api()
        #: State and words of the last task.
        self.task = (None, None)
        caplog.set_level(logging.INFO)
        self.configure()

    def configure(self, account=("", ""), *, top="", accounts=None, operation=""):
        """Settings with a piece of the account replaced by another, and a process of them."""
        text = ACCOUNT.replace(*account) if accounts is None else accounts
        assert account[0] in ACCOUNT
        rules = AT_ONCE.replace("linger = 0", f"linger = 0\n{operation}", 1)
        top = f'redis_url = "{self.redis_url}"\nlog_format = "text"\n{top}'
        both = f"{top}\n{text}{rules if accounts is None else ''}"
        self.settings = configure(self.folder, self._monkeypatch, both)
        self.process = Process(self.settings, self.store)
        if "default" in self.settings.accounts:
            context = context_of(self.store, self.settings, self.api)
            self.process._contexts["default"] = context
        self._monkeypatch.setattr(tasks, "this_process", lambda: self.process)
        self.app = Celery("test", broker=self.settings.celery_url(), set_as_current=False)
        tasks.register(self.app)

    @property
    def context(self):
        return self.process.context("default")

    def use(self, **changes):
        """The context with other parts."""
        self.process._contexts["default"] = replace(self.context, **changes)

    def enqueue(self, *messages):
        with Producer(self.settings) as sender:
            return sender.send_many(messages)

    def upserts(self, count):
        return self.enqueue(*(one(n) for n in range(count)))

    def deliver(self, lane=UPSERTS):
        """Carry out the lane's task at once, whatever it was told to wait for."""
        self.store.client.hdel(self.store.keys.state(lane), "retry_at")
        self.run(tasks.task_name(lane.operation), str(lane))

    def run(self, name, argument):
        ended = self.app.tasks[name].apply(args=[argument])
        self.task = (ended.state, str(ended.result))

    def confirm(self):
        (job,) = self.store.client.zrange(self.store.keys.jobs, 0, -1)
        self.run(tasks.CONFIRM, job.decode())

    def told(self):
        """The lines that were told, once a worker has looked."""
        kept = Kept.of(self.settings)
        watch.look(self.store, self.settings.stall_after, every=0.001, kept=kept)
        teller.tell_news(self.store)
        return self.lines()

    def lines(self):
        return [one for one in self._caplog.records if one.name == teller.log.name]

    def until_told(self, beginning):
        """The line with this beginning, as soon as it is told."""

        def found():
            lines = (one for one in self.told() if one.getMessage().startswith(beginning))
            return next(lines, None)

        return until(found, lambda: f"{beginning!r} is told: {self.told()}")

    def check(self, *options):
        done = CliRunner().invoke(status_command, ["--check", *options], catch_exceptions=False)
        return done.exit_code, done.output


def one(number, bad=False):
    return contact(f"c{number}@shop.example", properties={"n": str(number)})


@pytest.fixture
def scene(store, redis_url, tmp_path, monkeypatch, caplog):
    with ExitStack() as resources:
        yield Scene(store, redis_url, tmp_path, monkeypatch, caplog, resources)


QUIET = "stall_after = 0.6"


@producer
def destination_failed(scene):
    scene.upserts(3)
    scene.api.plan = ["500"]
    scene.deliver()
    yield "HTTP 500, 3 kept"
    scene.deliver()


@producer
def rate_limited(scene):
    scene.upserts(3)
    scene.api.plan, scene.api.headers = ["429"], {"Retry-After": "3600"}
    scene.deliver()
    yield "3 kept, HTTP 429"
    scene.deliver()


@producer
def fault(scene):
    scene.upserts(3)
    system = scene.context.system
    scene.use(system=Faulty(system))
    scene.deliver()
    yield "a fault of ours: KeyError at "
    scene.use(system=system)
    scene.deliver()


class Faulty:
    """A system whose code fails when it plans, and when it reads a job's answer."""

    def __init__(self, system):
        self.system = system

    def __getattr__(self, name):
        return getattr(self.system, name)

    def plan(self, *arguments):
        raise KeyError("of our own")

    def job_progress(self, answer):
        raise KeyError("of our own")


@producer
def unreadable(scene):
    scene.configure(top=QUIET)
    scene.upserts(1)
    keys = scene.store.keys
    scene.store.client.xadd(keys.stream(UPSERTS), {"1ann@shop.example": "{}", "meta": "{broken"})
    scene.deliver()
    yield "a fault of ours: JSONDecodeError at "
    for _ in range(8):
        scene.deliver()


@producer
def unknown_account(scene):
    scene.upserts(2)
    scene.configure(accounts=ACCOUNT.replace("accounts.default", "accounts.other"))
    scene.deliver()
    yield "account 'default' is not in the settings (known: other)"
    scene.configure()
    scene.deliver()


@producer
def foreign(scene):
    scene.upserts(2)
    smartsender = '[accounts.default]\nsystem = "smartsender"\ntoken = "t"\n'
    scene.configure(accounts=smartsender)
    scene.deliver()
    yield "account 'default' is of smartsender, without contact.upsert"
    scene.configure()
    scene.deliver()


@producer
def stalled(scene):
    scene.configure(top="stall_after = 0.2")
    scene.upserts(3)
    yield None
    scene.deliver()


@producer
def credentials_refused(scene):
    scene.upserts(3)
    scene.api.plan = ["401", "401"]  # the second answers a harmless question
    scene.deliver()
    yield "HTTP 401, 3 kept"
    pause.resume(scene.store, "default")
    scene.deliver()


@producer
def flood_guarded(scene):
    scene.configure(("parallel = 1", "parallel = 1\nflood_guard = {share = 0.5, least = 3}"))
    scene.upserts(4)
    scene.api.bad = range(4)
    scene.deliver()
    yield "nearly everything is rejected"
    scene.api.bad = ()
    pause.resume(scene.store, str(UPSERTS))
    scene.deliver()


@producer
def paused(scene):
    scene.upserts(3)
    pause.pause(scene.store, "default:contact.upsert", "stocktaking")
    yield None
    pause.resume(scene.store, "default:contact.upsert")
    scene.deliver()


@producer
def breaker_open(scene):
    scene.configure(("streak = 1000", "streak = 2"))
    scene.upserts(3)
    scene.api.plan = ["503", "503"]
    scene.deliver()
    scene.deliver()
    yield "HTTP 503, 3 kept"
    scene.store.client.hset(scene.store.keys.breaker("default", "contact.upsert"), "until", 0)
    scene.deliver()


@producer
def host_unreachable(scene):
    scene.upserts(3)
    scene.api.plan = [UNREACHABLE]
    scene.deliver()
    yield "connection refused, 3 kept"
    scene.deliver()


@producer
def newer_format(scene):
    entry = {b"2ann@shop.example": b"{}"}
    keys, client = scene.store.keys, scene.store.client
    client.sadd(keys.lanes, str(UPSERTS))
    client.xadd(keys.stream(UPSERTS), entry)
    scene.deliver()
    yield Newer().detail
    client.delete(keys.stream(UPSERTS))


@producer
def poison(scene):
    """The API fails whenever it gets the fourth upsert."""
    scene.configure(top=QUIET)
    scene.upserts(12)
    scene.api.refuses = (500, {}, b"")
    yield set_aside(scene, "poison")


@producer
def blocked(scene):
    """A gateway refuses the fourth upsert with a page of its own."""
    scene.configure(top=QUIET)
    scene.upserts(12)
    scene.api.refuses = (403, {}, b"<html>Forbidden</html>")
    yield set_aside(scene, "blocked")


@producer
def suspected(scene):
    """It waits aside for its next try."""
    scene.configure(
        ("suspects = {every = 0.001, until = 0.02}", "suspects = {every = 600, until = 6000}"),
        top=QUIET,
    )
    scene.upserts(12)
    scene.api.refuses = (500, {}, b"")
    for number in range(100, 200):
        scene.enqueue(one(number))
        scene.deliver()
        if scene.store.client.zcard(scene.store.keys.parked):
            break
    yield None


def set_aside(scene, reason):
    """Enqueue others and deliver until the fourth upsert is a dead letter; its task's words."""
    for number in range(100, 300):
        scene.enqueue(one(number))
        unpark(scene.store)
        scene.deliver()
        if scene.store.client.zcard(scene.store.keys.dead):
            return f"dead as {reason}"
    raise AssertionError("it is never set aside")


@producer
def rejected(scene):
    scene.configure(top=QUIET)
    scene.upserts(12)
    scene.api.bad = range(11)
    scene.deliver()
    yield "1 delivered, 11 dead, dead as rejected"


@producer
def invalid(scene):
    scene.configure(top=QUIET)
    scene.upserts(12)
    scene.deliver()
    scene.api.answers["file"] = {"invalidContacts": [f"c{n}@shop.example" for n in range(10)]}
    scene.confirm()
    yield "2 confirmed, 10 dead"


@producer
def contact_missing(scene):
    scene.configure(
        ("parallel = 1", "parallel = 1\nreplay = {every = 0.01, until = 0.01}"), top=QUIET
    )
    scene.enqueue(*(event(n, f"c{n}@shop.example") for n in range(12)))
    missing = [f"c{n}@shop.example" for n in range(12)]
    scene.api.answers["more"] = {"failedContacts": missing, "failedAmount": 12}
    scene.deliver(EVENTS)
    scene.deliver(EVENTS)

    def all_dead():
        unpark(scene.store)
        scene.deliver(EVENTS)
        return scene.store.client.zcard(scene.store.keys.dead) == 12

    until(all_dead, "all are dead")
    yield "dead as contact_missing"


@producer
def expired(scene):
    scene.configure(("parallel = 1", "parallel = 1\nmax_age = 0.001"), top=QUIET)
    scene.upserts(2)
    scene.api.plan = ["503", "503"]
    scene.deliver()
    time.sleep(0.01)
    scene.deliver()
    yield "HTTP 503, 2 dead, dead as expired"


@producer
def ambiguous(scene):
    scene.configure(top=QUIET)
    scene.enqueue(CouponRedemption.model_validate({"email": "c@shop.example", "coupon": "SB-1"}))
    scene.api.plan = ["lost after"]
    scene.deliver(COUPONS)
    yield "no answer within timeout.read, 1 dead, dead as ambiguous"


@producer
def unprocessable(scene):
    scene.configure(top=QUIET)
    scene.upserts(1)
    scene.use(system=Faulty(scene.context.system))
    for _ in range(4):
        scene.deliver()
    yield "a fault of ours: KeyError at "


@producer
def malformed(scene):
    scene.configure(top=QUIET)
    client, keys = scene.store.client, scene.store.keys
    scene.upserts(1)
    client.zadd(keys.due, {"no lane": 0})
    client.zadd(keys.parked, {"no message": 0})
    client.sadd(keys.lanes, "rubbish")
    assert unpark(scene.store) == 1
    assert [lane for lane, _ in dispatcher.dispatch(scene.store)] == [str(UPSERTS)]
    yield None
    assert client.hkeys(keys.set_aside) == [b"parked no message", b"due no lane", b"lanes rubbish"]
    scene.deliver()


@producer
def miscounted(scene):
    """The API says that it created eleven of twelve events, and names none that failed."""
    scene.configure(top=QUIET)
    scene.enqueue(*(event(n, f"c{n}@shop.example") for n in range(12)))
    scene.api.answers["more"] = {"createdAmount": 11, "failedContacts": [], "failedAmount": 0}
    scene.deliver(EVENTS)
    yield "12 delivered, createdAmount 11 and failedAmount 0 of 12 events"


@producer
def unconfirmed(scene):
    scene.configure(("parallel = 1", "parallel = 1\njobs = {until = 0.001}"), top=QUIET)
    scene.upserts(3)
    scene.deliver()
    while scene.store.client.zcard(scene.store.keys.jobs):
        scene.api.plan = ["connection refused"]
        scene.confirm()
    yield "3 unconfirmed: connection refused"


@producer
def job_file_refused(scene):
    scene.configure(top=QUIET)
    scene.upserts(3)
    scene.deliver()
    scene.api.answers["url"] = "http://elsewhere.example/file"
    scene.confirm()
    yield "not yet: "


@producer
def job_failed(scene):
    scene.configure(top=QUIET)
    scene.upserts(3)
    scene.deliver()
    system = scene.context.system
    scene.use(system=Faulty(system))
    scene.confirm()
    yield "a fault of ours: KeyError at "
    scene.use(system=system)
    scene.api.answers["file"] = {"invalidContacts": []}
    scene.confirm()


@producer
def job_foreign(scene):
    scene.configure(top=QUIET)
    scene.upserts(3)
    scene.deliver()
    smartsender = '[accounts.default]\nsystem = "smartsender"\ntoken = "t"\n'
    scene.configure(top=QUIET, accounts=smartsender)
    scene.confirm()
    yield f"{UPSERTS}@"
    scene.configure(top=QUIET)
    scene.api.answers["file"] = {"invalidContacts": []}
    scene.confirm()


@producer
def job_stuck(scene):
    """The task that asks about a job is consumed by nobody, again and again."""
    scene.configure(top="stall_after = 100")
    scene.upserts(3)
    scene.deliver()
    for _ in range(3):
        (job,) = scene.store.client.zrange(scene.store.keys.jobs, 0, -1)
        scene.store.client.zadd(scene.store.keys.jobs, {job: 0})
        assert confirmations.dispatch(scene.store) == [job.decode()]
    yield None
    scene.api.answers["file"] = {"invalidContacts": []}
    scene.confirm()


@producer
def times_lost(scene):
    scene.configure(top=QUIET)
    scene.upserts(3)
    scene.deliver()
    scene.store.client.delete(scene.store.keys.jobs)
    yield None
    scene.api.answers["file"] = {"invalidContacts": []}
    scene.confirm()


@producer
def lease_lost(scene):
    scene.configure(top=QUIET)
    scene.upserts(3)
    keys = scene.store.keys

    def taken_over():
        scene.store.client.hset(keys.state(UPSERTS), "token", "another")

    scene.api.during = taken_over
    scene.deliver()
    yield "the lease was lost, another worker goes on"
    scene.api.during = lambda: None
    scene.store.client.hset(keys.state(UPSERTS), "until", 0)
    scene.deliver()


def results_written(scene, first, last):
    """Results with these numbers, as settling writes them."""
    client, keys = scene.store.client, scene.store.keys
    fields = {"operation": "contact.upsert", "outcome": "delivered", "reason": "", "detail": ""}
    for number in range(first, last + 1):
        message = f"{UPSERTS}@{number}-0"
        more = {"contact": "ann@shop.example", "key": ""}
        client.xadd(keys.results, {"number": number, "message": message, **fields, **more})
    client.hset(keys.results_numbers, "written", last)


def results_read(scene):
    """A loop of an application reads all that there are."""
    return list(results("crm", timeout=0, settings=scene.settings, on_lost=lambda count: None))


@producer
def results_unread(scene):
    """A group that has read once stays away, until so many are unread as are kept."""
    scene.configure(top="results_length = 100", operation="results = true")
    results_written(scene, 1, 1)
    assert results_read(scene)
    results_written(scene, 2, 90)
    yield None
    assert results_read(scene)


@producer
def results_lost(scene):
    """Results are dropped before their group has read them; then it reads the others."""
    scene.configure(top=f"results_length = 100\n{QUIET}", operation="results = true")
    results_written(scene, 1, 1)
    assert results_read(scene)
    results_written(scene, 2, 4)
    scene.store.client.xtrim(scene.store.keys.results, maxlen=1, approximate=False)
    yield None
    assert len(results_read(scene)) == 1


@producer
def redis_away(scene):
    """A worker's dispatcher beside a Redis of its own, which goes and comes back."""
    server = scene.resources.enter_context(EmbeddedRedis(scene.folder / "own"))
    scene.redis_url = server.url
    scene.store = Store(connect(server.url, timeout=10), Keys("batchline"))
    scene.configure()
    over = threading.Event()
    arguments = (scene.app, "queue", scene.process, over)
    thread = threading.Thread(target=dispatcher._run, args=arguments, daemon=True)
    scene.resources.callback(thread.join, PATIENCE)
    scene.resources.callback(over.set)
    scene.told = scene.lines
    thread.start()
    server.kill()
    yield None
    server.restart()


@producer
def plugin_missing(scene):
    """A worker process is woken for a lane whose operation it does not know."""
    client, keys, lane = scene.store.client, scene.store.keys, "default:parcel.send:0"
    client.xadd(keys.stream(lane), {"1ann@shop.example": "{}"})
    client.sadd(keys.lanes, lane)
    client.zadd(keys.due, {lane: 0})
    log = scene.folder / "worker.log"
    worker = children.worker(scene.folder / "batchline.toml", log, "-c", "1")
    scene.resources.callback(worker.kill)
    scene.told = lambda: list(map(logged, LOGGED.findall(log.read_text())))
    yield None
    client.delete(keys.stream(lane))


#: A line in the log of a worker process: its level, its text.
LOGGED = re.compile(r"^\[[^]]*: ([A-Z]+)/[^]]*\] (.*)$", re.M)


def logged(line):
    level, text = line
    return SimpleNamespace(levelno=getattr(logging, level), getMessage=lambda: text)


#: The letters of `unseen` were told by their own kinds: `status` alone shows it.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "unseen"])
def test_every_trouble_is_told_at_its_beginning_and_at_its_end(scene, kind):
    assert kind in PRODUCERS, f"no producer makes {kind}"
    course = PRODUCERS[kind](scene)
    words = next(course)

    begun = scene.until_told(f"{kind}: ")
    assert begun.levelno == KINDS[kind].level
    assert "Do: " in begun.getMessage()
    if kind not in OF_NO_ACCOUNT:
        assert "account default" in begun.getMessage()
    code, output = scene.check()
    assert (code, kind in output) == (1, True), output
    if words is not None:
        assert scene.task[0] == KINDS[kind].task
        assert words in scene.task[1]
    if kind != "redis_away":
        assert kind in {one["kind"] for one in json.loads(scene.check("--json")[1])["troubles"]}

    for _ in course:
        raise AssertionError("it yields once")
    ended = scene.until_told(f"{kind} is over: ")
    assert ended.levelno == logging.WARNING
    unseen.are_seen(scene.store)

    def is_well():
        scene.told()
        return scene.check() == (0, "OK: nothing is wrong\n")

    until(is_well, scene.check)


def test_a_flood_over_several_batches_fails_the_task_that_paused_the_lane(scene):
    guard = "flood_guard = {share = 0.5, least = 5}"
    scene.configure(("parallel = 1", f"parallel = 1\n{guard}"), operation="batch_size = 2")
    scene.upserts(8)
    scene.api.bad = range(8)
    scene.deliver()
    assert scene.task == ("FAILURE", PAUSED)
    assert scene.until_told("flood_guarded: ").levelno == logging.ERROR


#: A task that paused its lane, with five messages and then the sixth rejected.
PAUSED = "flood guard: 6 of the last 6 messages were rejected, 6 dead, dead as rejected"


def test_a_shutdown_that_breaks_a_request_off_is_no_failure(scene):
    scene.upserts(2)
    scene.api.plan = [BROKEN_OFF]
    scene.deliver()
    assert scene.task == ("SUCCESS", f"2 kept, {BROKEN_OFF}")
    assert scene.told() == []
