"""One dead letter: what it is, what it was told, what would go out; mended, replayed, watched."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from tornado import web

from batchline.producers.errors import WrongSystem
from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.systems.requests import HttpCall
from batchline.worker.dashboard.pages.page import Page
from batchline.worker.dead_letters import asking, edit, masked
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.letter import REASONS, DeadLetter
from batchline.worker.dead_letters.lines import as_json, payload_json
from batchline.worker.delivery.fault import place_of
from batchline.worker.inspection import watch
from batchline.worker.inspection.trace import Trace, trace
from batchline.worker.inspection.trace_words import step_text
from batchline.worker.inspection.watch import Seen
from batchline.worker.preview import requests
from batchline.worker.store import acts, redis_clock
from batchline.worker.store.message_ids import parse
from batchline.worker.store.store import Store

#: What cannot be done with an unreadable letter.
NEEDS_A_LETTER = ("edit", "replay", "ask")
#: Where a message is.
STATES = {
    "waiting": "It waits in its lane, or is being sent.",
    "parked": "It is parked, and comes back to its lane by itself.",
    "confirming": "It was sent, and the result of its job is awaited.",
    "dead": "It is a dead letter.",
    "delivered": "It is delivered.",
    "purged": "It is purged.",
    "erased": "It is erased, with its contact.",
    "unknown": "It is not here, and the journal does not tell how it ended.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter as a page shows it."""

    letter: DeadLetter
    #: The message as JSON, masked or not.
    document: str
    #: The requests that would go out; or why none would.
    calls: tuple[HttpCall, ...]
    no_call: str
    #: UNIX ms of now.
    now: int
    is_unmasked: bool = False

    @property
    def tries(self) -> int:
        """How often it was sent and its contact was missing."""
        return self.letter.meta.tries


def shown(letter: DeadLetter, settings: Settings, now: int, unmasked: bool) -> Shown:
    """The letter, with its persons or without."""
    document = edit.document(letter) if unmasked else masked.document(letter, settings)
    calls: tuple[HttpCall, ...] = ()
    no_call = ""
    try:
        calls = requests_of(letter, settings)
    except BatchlineError as error:
        no_call = str(error)
    except Exception as error:  # a letter that is "unprocessable" fails here as it did before
        no_call = place_of(error)
    if not unmasked:
        calls = tuple(masked.call(one, document) for one in calls)
    return Shown(letter, as_json(document, indent=2), calls, no_call, now, unmasked)


def requests_of(letter: DeadLetter, settings: Settings) -> tuple[HttpCall, ...]:
    """The requests of a letter, if it were replayed and nothing else were in its lane.

    Raises WrongSystem for one that was made for another system than its account is of by now.
    """
    account = settings.account(letter.lane.account)
    if letter.system and letter.system != account.system:
        raise WrongSystem(letter.operation, letter.system, letter.lane.account, account.system)
    row = (letter.contact, letter.options, letter.payload.encode())
    found = requests.of_rows(letter.lane, [row], settings, time.time())
    return tuple(one.call for one in found)


def pretty(call: HttpCall) -> str:
    """A request as a text."""
    lines = [
        f"{call.method} {call.url}",
        *(f"{name}: {text}" for name, text in call.headers.items()),
    ]
    text = call.body.decode(errors="replace")
    body = payload_json(text)
    return "\n".join([*lines, "", text if isinstance(body, str) else as_json(body, indent=2)])


class Letter(Page):
    """The page of one letter; of a message that is none any more, where it is."""

    async def get(self, message_id: str) -> None:
        await self.show_letter(message_id)

    async def show_letter(self, message_id: str, unmasked: bool = False, **more: Any) -> None:
        """The page; `more`: what an act has found."""
        try:
            lane, _ = parse(message_id)
        except ValueError as error:
            raise web.HTTPError(404, f"This is {error}.") from None
        since = self.get_query_argument("watch", "")
        is_watched = since.isdecimal() and len(since) < 16

        def read(store: Store) -> tuple[Shown | None, Seen | None]:
            seen = watch.look(store, message_id, int(since)) if is_watched else None
            letter = dead_letters.show(store, message_id)
            if letter is None:
                return None, seen
            return shown(letter, self.house.settings, redis_clock.now(store), unmasked), seen

        one, seen = await self.house.read(read)
        if unmasked:
            self.set_header("Cache-Control", "no-store")
        found = {"wrong": "", "text": None, "asked": None, "not_asked": "", **more}
        self.show(
            "letter",
            id=message_id,
            lane=lane,
            one=one,
            seen=seen,
            states=STATES,
            reasons=REASONS,
            pretty=pretty,
            **found,
        )

    async def letter(self, message_id: str) -> DeadLetter:
        """The letter that an act is about."""
        found = await self.house.read(lambda store: dead_letters.show(store, message_id))
        if found is None:
            raise web.HTTPError(
                409, f"{message_id} is no dead letter any more: somebody else was quicker."
            )
        if not found.is_readable and self.act in NEEDS_A_LETTER:
            raise web.HTTPError(409, f"{message_id} cannot be read: it can only be purged.")
        return found


class Way(Page):
    """What happened to a message, as the journal tells; its page asks for it when it is there."""

    async def get(self, message_id: str) -> None:
        try:
            way: Trace = await self.house.read(lambda store: trace(store, message_id))
        except ValueError as error:
            raise web.HTTPError(404, f"This is {error}.") from None
        self.show("way", way=way, step_words=step_text, states=STATES)


class Unmask(Letter):
    """The same with its persons, and an editor."""

    act = "unmask"

    async def post(self, message_id: str) -> None:
        await self.letter(message_id)
        who = str(self.current_user)
        await self.house.act(lambda store: acts.write(store, who, "unmasked", message_id, 1))
        await self.show_letter(message_id, unmasked=True)


class Edit(Letter):
    """Stores what the editor says, if it could be enqueued; else nothing is changed."""

    act = "edit"

    async def post(self, message_id: str) -> None:
        letter = await self.letter(message_id)
        text = self.get_body_argument("document", "", strip=False)
        replays = self.get_body_argument("then", "") == "replay"
        who, settings = str(self.current_user), self.house.settings
        if letter.fingerprint != self.get_body_argument("fingerprint", ""):
            await self._refuse(message_id, text, "somebody else has changed it meanwhile")
            return

        def do(store: Store) -> str:
            data = edit.from_document(letter, text)
            new = edit.edited(letter, data, settings, redis_clock.now(store))
            if new is None:
                return "Nothing was to be changed."
            if not dead_letters.put(store, letter, new):
                raise BatchlineError("somebody else has changed it meanwhile")
            acts.write(store, who, "edited", message_id, 1)
            return f"It is {new.meta.history[-1][1]}."

        try:
            told = await self.house.act(do)
        except (ValueError, BatchlineError) as error:
            await self._refuse(message_id, text, str(error))
            return
        if replays:
            await replay(self, message_id, told)
        else:
            self.tell(told)
            self.redirect(self.reverse_url("letter", message_id), status=303)

    async def _refuse(self, message_id: str, text: str, why: str) -> None:
        self.set_status(400)
        await self.show_letter(message_id, unmasked=True, wrong=why, text=text)


class Replay(Letter):
    """Sends it again, and leads to the page that watches it."""

    act = "replay"

    async def post(self, message_id: str) -> None:
        await self.letter(message_id)
        await replay(self, message_id)


async def replay(page: Letter, message_id: str, told: str = "") -> None:
    """Replay one letter; `told`: what was done before."""
    who, settings = str(page.current_user), page.house.settings
    superseded = page.get_body_argument("superseded", "") == "yes"
    systems = {name: account.system for name, account in settings.accounts.items()}

    def do(store: Store) -> tuple[int, dead_letters.Replayed]:
        now = redis_clock.now(store)
        replayed = dead_letters.replay(store, [message_id], superseded, systems)
        if replayed.done:
            acts.write(store, who, "replayed", message_id, replayed.done)
        return now, replayed

    now, replayed = await page.house.act(do)
    if replayed.done:
        page.tell(f"{told} It is replayed.".strip())
        page.redirect(f"{page.reverse_url('letter', message_id)}?watch={now}", status=303)
        return
    why = "somebody else has changed or taken it meanwhile"
    if replayed.foreign:
        why = (
            "it was made for the system that its account had before. Give the account that system "
            "back, or mend it for the new one"
        )
    if replayed.anew:
        why = "the application has sent it anew: purge it, or choose to send it all the same"
    page.tell(f"{told} It is not replayed: {why}.".strip())
    page.redirect(page.reverse_url("letter", message_id), status=303)


class Purge(Letter):
    """Deletes it for good."""

    act = "purge"

    async def post(self, message_id: str) -> None:
        await self.letter(message_id)
        if self.get_body_argument("sure", "") != "yes":
            raise web.HTTPError(400, "sure: tick it; a message that is purged is gone.")
        who, settings = str(self.current_user), self.house.settings

        def do(store: Store) -> int:
            told = dead_letters.told_of(settings)
            done = dead_letters.purge(store, [message_id], settings.idempotency_window, told)
            if done:
                acts.write(store, who, "purged", message_id, done)
            return done

        done = await self.house.act(do)
        self.tell(f"{message_id} is purged." if done else f"{message_id} was gone already.")
        self.redirect(self.reverse_url("dead"), status=303)


class Ask(Letter):
    """Asks the API whether it has it, which changes nothing there."""

    act = "ask"

    async def post(self, message_id: str) -> None:
        letter = await self.letter(message_id)
        who, settings = str(self.current_user), self.house.settings
        await self.house.act(lambda store: acts.write(store, who, "asked about", message_id, 1))
        lines, failed = [], ""
        try:
            asked = await self.house.read(lambda store: asking.about_letter(letter, settings))
            lines = [masked.words(letter, line) for line in asking.told(letter, asked)]
        except BatchlineError as error:
            failed = str(error)
        await self.show_letter(message_id, asked=lines, not_asked=failed)
