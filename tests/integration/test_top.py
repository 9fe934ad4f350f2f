"""`batchline top`: its keys as a person presses them, against a real Redis."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from textual.widgets import Input, Static

from batchline.producers.lanes import Lane
from batchline.worker.cli.top.app import Top
from batchline.worker.cli.top.dialogs import Question, Told, Typed
from batchline.worker.dead_letters import bulk
from batchline.worker.inspection.lanes_filter import LANGUAGE
from batchline.worker.store import acts, pause
from batchline.worker.store.store import Store
from tests.builders import contact, event
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
        await self.pilot.press(*keys)

    async def type(self, text):
        await self.pilot.press(*("space" if letter == " " else letter for letter in text))

    async def until(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.screen()
            await self.pilot.pause(0.02)

    async def sees(self, text):
        await self.until(lambda: text in self.screen())

    async def asked(self, dialog):
        await self.until(lambda: isinstance(self.app.screen, dialog))

    def screen(self):
        """What stands on the screen, as far as it is text."""
        with_notes = [note.message for note in self.app._notifications]
        lines = [self.line(y) for y in range(self.app.size.height)]
        return "\n".join([*lines, *with_notes])

    def line(self, y):
        strips = self.app.screen._compositor.render_strips()
        return strips[y].text if y < len(strips) else ""

    def rows(self):
        return [line.cells[0] for line in self.app.table._shown]


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
