"""`batchline top`: its keys as a person presses them, against a real Redis."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import asynccontextmanager

from click.testing import CliRunner
from textual import events
from textual.widgets import Input

from batchline.producers.redis_client import connect
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.cli.root import batchline
from batchline.worker.cli.top import words
from batchline.worker.cli.top.app import Top
from batchline.worker.cli.top.dialogs import Question, Told, Typed
from batchline.worker.cli.top.rows import TABS
from batchline.worker.dead_letters import bulk, bulk_work
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.inspection.lanes_filter import LANGUAGE
from batchline.worker.store import acts, pause
from batchline.worker.store.store import Store
from tests.builders import contact, event, introduced
from tests.letters import dead
from tests.proxy import LossyProxy
from tests.waiting import PATIENCE

EVENTS = "default:event.add"


class Person:
    """Who sits before it."""

    def __init__(self, app, pilot):
        self.app = app
        self.pilot = pilot

    async def press(self, *keys):
        """As a terminal sends them. `pilot.press` waits for a CPU that has nothing to do."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else None))

    async def type(self, text):
        await self.press(*text)

    async def wipes(self):
        """Takes away what stands in the line."""
        line = self.app.screen.query_one(Input)
        await self.press(*["backspace"] * len(line.value))
        await self.until(lambda: line.value == "")

    async def until(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.screen()
            await asyncio.sleep(0.02)

    async def opens(self, tab):
        await self.press("1234"[list(TABS).index(tab)])
        await self.until(lambda: self.app.view.tab == tab == self.app.found.view.tab)
        await self.until(lambda: self.app.focused is self.app.table)

    async def goes_to(self, row):
        """The cursor to that row, step by step: others may come above it meanwhile."""
        table, ends = self.app.table, time.monotonic() + PATIENCE
        while (at := table.cursor_row) != (wanted := self.rows().index(row)):
            assert time.monotonic() < ends, self.screen()
            await self.press("down" if at < wanted else "up")
            await self.until(lambda at=at: table.cursor_row != at)

    async def closed(self):
        """Until no dialog is open."""
        await self.until(lambda: len(self.app.screen_stack) == 1)
        await self.until(lambda: self.app.focused is self.app.table)

    async def sees(self, text):
        await self.until(lambda: text in self.screen())

    async def asked(self, dialog):
        await self.until(lambda: isinstance(self.app.screen, dialog))
        if dialog is Typed:
            await self.until(lambda: isinstance(self.app.focused, Input))

    def screen(self):
        """What stands on the screen, as far as it is text."""
        with_notes = [note.message for note in self.app._notifications]
        lines = [self.line(y) for y in range(self.app.size.height)]
        return "\n".join([*lines, *with_notes])

    def line(self, y):
        strips = self.app.screen._compositor.render_strips()
        return strips[y].text if y < len(strips) else ""

    def rows(self):
        return [line.cells[0] for line in self.app.table.lines]


@asynccontextmanager
async def open_top(stack, size=(140, 40), **more):
    app = Top(more.pop("store", stack.store), stack.settings, every=0.1, **more)
    async with app.run_test(size=size, notifications=True) as pilot:
        person = Person(app, pilot)
        await person.until(lambda: app.found is not None or app.away)
        yield person


def test_lanes_are_shown_filtered_and_sorted(stack):
    with stack.producer() as producer:
        producer.send_many([event(number) for number in range(3)])
        producer.send(contact("ann@shop.example"))

    async def go():
        async with open_top(stack) as person:
            await person.until(lambda: len(person.rows()) == 2)
            assert person.rows()[0] == EVENTS  # the largest backlog
            await person.press("o")
            await person.until(lambda: person.rows()[0] == "default:contact.upsert")
            await person.press("slash")
            await person.asked(Typed)
            await person.type("operation=event.add")
            await person.press("enter")
            await person.until(lambda: person.rows() == [EVENTS])
            await person.sees("1 of 2 lanes, sorted by backlog   filter: operation=event.add")

    asyncio.run(go())


def test_a_page_of_lanes_is_shown_and_n_turns_it(stack, monkeypatch):
    monkeypatch.setattr("batchline.worker.cli.top.views.PAGE_SIZE", 2)
    with stack.producer() as producer:
        producer.send_many([event(1), event(2), contact("ann@shop.example")])
        producer.send(CouponRedemption(email="ann@shop.example", coupon="C"))

    async def go():
        async with open_top(stack) as person:
            await person.until(lambda: len(person.rows()) == 2)
            await person.sees("3 of 3 lanes, sorted by -backlog   page 1 of 2")
            assert person.rows()[0] == EVENTS
            await person.press("n")
            await person.until(lambda: len(person.rows()) == 1)
            await person.press("n")  # there is no more
            await person.press("b")
            await person.until(lambda: len(person.rows()) == 2)

    asyncio.run(go())


def test_enter_tells_why_a_lane_does_not_move_and_what_to_do(stack):
    with stack.producer() as producer:
        producer.send(event(1))
    pause.pause(stack.store, EVENTS, "stock[taking]", "bob@office")

    async def go():
        async with open_top(stack) as person:
            await person.sees("paused")
            await person.press("enter")
            await person.asked(Told)
            assert "Why does nothing move?" in person.app.screen.text
            assert "stock[taking]" in person.app.screen.text
            assert f"Do: batchline resume {EVENTS}" in person.app.screen.text
            await person.press("escape")
            await person.closed()

    asyncio.run(go())


def test_pause_with_a_reason_and_resume_are_among_the_acts(stack):
    with stack.producer() as producer:
        producer.send(event(1))

    async def go():
        async with open_top(stack) as person:
            await person.until(person.rows)
            await person.press("P")
            await person.asked(Typed)
            await person.type("stocktaking")
            await person.press("enter")
            await person.until(lambda: pause.paused(stack.store) == {EVENTS: "stocktaking"})
            await person.until(lambda: person.app.found.lanes.rows[0].paused)
            await person.press("R")
            await person.asked(Question)
            assert f"Resume {EVENTS}?" in person.app.screen.text
            await person.press("y")
            await person.until(lambda: pause.paused(stack.store) == {})
            await person.until(lambda: len(acts.read(stack.store)) == 2)

    asyncio.run(go())
    found = [(one.who, one.what, one.on, one.detail) for one in acts.read(stack.store)]
    assert found == [
        (acts.person(), "resumed", EVENTS, ""),
        (acts.person(), "paused", EVENTS, "stocktaking"),
    ]


def test_a_resume_is_of_the_account_where_that_is_what_holds_the_lane(stack):
    with stack.producer() as producer:
        producer.send(event(1))

    async def go():
        async with open_top(stack) as person:
            await person.until(person.rows)
            await person.press("A")
            await person.asked(Typed)
            await person.press("enter")  # without a reason
            await person.until(lambda: list(pause.paused(stack.store)) == ["default"])
            await person.until(lambda: person.app.found.lanes.rows[0].paused)
            await person.press("R")
            await person.asked(Question)
            assert "Resume default?" in person.app.screen.text
            await person.press("y")
            await person.until(lambda: pause.paused(stack.store) == {})

    asyncio.run(go())


def test_esc_and_every_key_but_y_change_nothing(stack):
    dead(stack, [event(1)])

    async def go():
        async with open_top(stack) as person:
            await person.until(person.rows)
            for dialog, keys in ((Typed, "P"), (Question, "R")):
                await person.press(keys)
                await person.asked(dialog)
                await person.press("escape")
                await person.closed()
            await person.opens("dead")
            await person.sees("1 fit of 1 dead letter")
            await person.press("R")
            await person.asked(Question)
            await person.press("enter")
            await person.closed()

    asyncio.run(go())
    assert stack.status().totals["dead"] == 1
    assert (pause.paused(stack.store), acts.read(stack.store)) == ({}, [])


def test_keys_in_lower_case_change_nothing(stack):
    dead(stack, [event(1)])
    bulk.order(stack.store, "spring", "replay", Filter(), "ann")

    async def go():
        async with open_top(stack) as person:
            for tab in TABS:
                await person.opens(tab)
                await person.press(*"parbsc")
                await person.press("question_mark")
                await person.asked(Told)
                assert len(person.app.screen_stack) == 2
                await person.press("escape")
                await person.closed()

    asyncio.run(go())
    assert stack.status().totals["dead"] == 1
    assert bulk.get(stack.store, "spring").state == "counting"
    assert (pause.paused(stack.store), acts.read(stack.store)) == ({}, [])


def test_a_dead_letter_is_replayed_and_delivered(stack):
    introduced(stack, "ann@shop.example")
    sent = dead(stack, [event(1)])

    async def go():
        async with open_top(stack) as person:
            await person.opens("dead")
            await person.sees("1 fit of 1 dead letter   all: 1 rejected")
            await person.press("enter")
            await person.asked(Told)
            assert sent[0] in person.app.screen.text
            assert "ann@shop" not in person.app.screen.text  # masked
            await person.press("escape")
            await person.closed()
            await person.press("R")
            await person.asked(Question)
            await person.press("y")
            await person.sees("0 fit of 0 dead letters")

    asyncio.run(go())
    assert stack.until_at_rest()["delivered"] == 2
    line = acts.read(stack.store)[0]
    assert (line.who, line.what, line.on) == (acts.person(), "replayed", sent[0])


def test_all_that_fit_are_replayed_after_their_count_is_typed(stack):
    introduced(stack, "ann@shop.example")
    dead(stack, [event(number) for number in range(4)], "expired", "rejected")

    async def go():
        async with open_top(stack) as person:
            await person.opens("dead")
            await person.sees("4 fit of 4 dead letters")
            await person.press("slash")
            await person.asked(Typed)
            await person.type("reason=expird")
            await person.press("enter")
            await person.sees("did you mean expired?")
            await person.wipes()
            await person.type("reason=")
            await person.type("expired")
            await person.press("enter")
            await person.sees("2 fit of 4 dead letters   filter: reason=expired")
            await person.press("B")
            await person.asked(Typed)
            assert "replay 2 dead letters: 2 expired" in person.app.screen.text
            await person.type("4")
            await person.press("enter")
            await person.sees("Type 2, as many as there are")
            assert bulk.every(stack.store)[0].state == "counted"
            await person.wipes()
            await person.type("2")
            await person.press("enter")
            await person.closed()
            await person.opens("bulk")
            await person.sees("100%")

    asyncio.run(go())
    stack.until(lambda now: now.totals["dead"] == 2 and now.totals["delivered"] == 3)
    act = bulk.every(stack.store)[0]
    assert (act.state, act.done, act.who) == ("done", 2, acts.person())
    line = acts.read(stack.store)[0]
    assert (line.what, line.on, line.count) == ("replay in bulk", "reason=expired", 2)


def test_a_bulk_act_whose_count_is_not_typed_replays_nothing(stack):
    dead(stack, [event(1), event(2)])

    async def go():
        async with open_top(stack) as person:
            await person.opens("dead")
            await person.sees("2 fit of 2 dead letters")
            await person.press("B")
            await person.asked(Typed)
            await person.press("escape")
            await person.until(lambda: bulk.every(stack.store)[0].state == "stopped")

    asyncio.run(go())
    assert stack.status().totals["dead"] == 2


def test_a_bulk_act_is_confirmed_stopped_and_goes_on(stack):
    dead(stack, [event(1), event(2)])
    bulk.order(stack.store, "spring", "replay", Filter(), "ann")

    def is_(state):
        return lambda: bulk.get(stack.store, "spring").state == state

    async def go():
        async with open_top(stack) as person:
            await person.opens("bulk")
            await person.sees("counting")
            bulk_work.work(stack.store, stack.settings, lambda seconds: False)
            await person.sees("counted")
            await person.press("C")
            await person.asked(Typed)
            await person.type("2")
            await person.press("enter")
            await person.sees("running")
            for key, state in (("S", "stopped"), ("R", "running")):
                await person.press(key)
                await person.asked(Question)
                await person.press("y")
                await person.until(is_(state))
                await person.closed()
                await person.until(lambda: person.app.found.acts[0].state == state)  # noqa: B023

    asyncio.run(go())


def test_troubles_are_shown_each_with_what_to_do(stack):
    dead(stack, [event(1)])
    pause.pause(stack.store, "default", "an audit", "bob@office")

    async def go():
        async with open_top(stack) as person:
            await person.opens("troubles")
            await person.until(lambda: {"default", "dead letters"} <= set(person.rows()))
            await person.goes_to("default")
            await person.sees("Do: batchline resume default")
            await person.press("R")
            await person.asked(Question)
            await person.press("y")
            await person.until(lambda: pause.paused(stack.store) == {})

    asyncio.run(go())


def test_redis_that_goes_away_is_told_and_it_goes_on_when_that_is_back(stack, redis_url):
    with stack.producer() as producer:
        producer.send(event(1))
    with LossyProxy.before(redis_url) as proxy:
        store = Store(connect(proxy.url(redis_url), timeout=5), stack.keys)

        async def go():
            async with open_top(stack, store=store) as person:
                await person.sees(EVENTS)
                proxy.refuse()
                await person.sees("Redis is away")
                assert EVENTS in person.screen()  # what was read stays
                await person.press("P")
                await person.asked(Typed)
                await person.press("enter")
                await person.until(lambda: len(person.app._notifications) > 0)
                proxy.serve_again()
                await person.until(lambda: not person.app.away)
                with stack.producer() as producer:
                    producer.send(contact("ann@shop.example"))
                await person.until(lambda: len(person.rows()) == 2)

        asyncio.run(go())
        store.client.close()
    assert pause.paused(stack.store) == {}


def test_80_columns_and_24_lines_hold_what_matters(stack):
    dead(stack, [event(1)])
    with stack.producer() as producer:
        producer.send(event(2))

    async def go():
        async with open_top(stack, size=(80, 24)) as person:
            await person.until(person.rows)
            screen = person.screen()
            for text in (EVENTS, "backlog", "oldest", "dead", "parked", "out/min", "in/min"):
                assert text in screen
            assert "No: no worker runs, and 1 message waits" in person.line(0)
            await person.press("question_mark")
            await person.asked(Told)
            await person.pilot.pause()
            screen = person.screen()
            for line in words.KEYS.splitlines():
                assert line in screen

    asyncio.run(go())


def test_the_filter_of_the_command_is_that_of_lanes_troubles_and_dead_letters(stack):
    dead(stack, [event(1), contact("ann@shop.example")])
    wanted = LANGUAGE.parse("account=default operation=event.add")

    async def go():
        async with open_top(stack, wanted=wanted) as person:
            await person.until(lambda: person.rows() == [EVENTS])
            await person.opens("dead")
            await person.until(lambda: len(person.rows()) == 1)
            await person.sees("2 dead letters   filter: account=default operation=event.add")

    asyncio.run(go())


def in_a_terminal(folder, *arguments):
    """The real command in a terminal of 80 columns and 24 lines: its process, and its end of it."""
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "batchline", "top", *arguments]
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        command, cwd=folder, stdin=far, stdout=far, stderr=far, env=environment
    )
    os.close(far)
    return process, near


def read_until(near, wanted):
    """What the terminal shows, until it has shown that."""
    shown, deadline = b"", time.monotonic() + 4 * PATIENCE
    while wanted not in shown:
        assert time.monotonic() < deadline, shown
        if select.select([near], [], [], 0.1)[0]:
            shown += os.read(near, 1 << 16)
    return shown


def read_to_the_end(near, process):
    """Take what is still shown, so that the command can end; its exit code."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None:
        assert time.monotonic() < deadline
        if select.select([near], [], [], 0.05)[0]:
            try:
                os.read(near, 1 << 16)
            except OSError:  # nobody writes any more
                break
    return process.wait(PATIENCE)


def test_the_command_shows_lanes_in_a_terminal_and_ends_with_q(stack):
    with stack.producer() as producer:
        producer.send(event(1))
    process, near = in_a_terminal(stack.folder, "--where", "operation=event.add", "--no-color")
    try:
        shown = read_until(near, EVENTS.encode())
        assert b"Traceback" not in shown
        os.write(near, b"q")
        assert read_to_the_end(near, process) == 0
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(near)


def test_without_a_terminal_it_is_refused_and_names_what_to_install(stack):
    done = stack.run("top")
    assert done.returncode == 2
    assert b"top needs a terminal" in done.stderr
    assert b"pip install 'batchline[top]'" in done.stderr


def test_without_textual_it_is_refused_and_names_what_to_install(stack, monkeypatch):
    monkeypatch.setattr("batchline.worker.cli.top.find_spec", lambda name: None)
    done = CliRunner().invoke(batchline, ["top"])
    assert done.exit_code == 2
    assert "textual is not installed: pip install 'batchline[top]'" in done.output
