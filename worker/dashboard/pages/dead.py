"""The tab Dead letters: how many and why, those that fit a filter, and all that fit it at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from batchline.producers.settings import Settings
from batchline.worker.dashboard.pages.page import Page
from batchline.worker.dead_letters import browse, counts, masked
from batchline.worker.dead_letters.browse import Cursor, Sheet
from batchline.worker.dead_letters.counts import Counts
from batchline.worker.dead_letters.filter import EVERY, LANGUAGE, Filter
from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.filters.language import BadFilter
from batchline.worker.store import acts
from batchline.worker.store.store import Store
from batchline.worker.troubles import unseen
from batchline.worker.troubles.trouble import Trouble

#: Account and operation pairs that are shown; of more it says how many there are.
MOST_LANES = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page asks for."""

    wanted: Filter = EVERY
    after: Cursor | None = None
    #: The filter as a text; as it was typed, where it is wrong.
    where: str = ""
    #: What is wrong with it, in words.
    wrong: str = ""

    @classmethod
    def of(cls, query: str) -> Asked:
        """From the query of an address."""
        fields = parse_qs(query)
        where = " ".join(fields.get("where", ())).strip()
        after = Cursor.parse(fields.get("after", [""])[0])
        try:
            wanted = wanted_of(where, fields)
        except BadFilter as error:
            return cls(EVERY, None, where, str(error))
        return cls(wanted, after, LANGUAGE.format(wanted))

    @property
    def is_plain(self) -> bool:
        """Whether Redis finds what fits without a look at letters."""
        return replace(self.wanted, since=None, until=None) == EVERY

    def address(self, after: Cursor | None = None, **changes: str | None) -> str:
        """The query with other conditions, from the first page on or behind a letter."""
        where = LANGUAGE.format(replace(self.wanted, **changes) if changes else self.wanted)  # type: ignore[arg-type]
        pairs = [("where", where)] if where else []
        if after is not None:
            pairs.append(("after", str(after)))
        return f"?{urlencode(pairs)}"


def wanted_of(where: str, fields: Mapping[str, Sequence[str]]) -> Filter:
    """The filter of a text and of conditions by their names, as commands take both.

    Raises BadFilter.
    """
    wanted, named = LANGUAGE.parse(where), LANGUAGE.from_query(fields)
    given = dict(LANGUAGE.to_pairs(wanted))
    for name, text in LANGUAGE.to_pairs(named):
        if name in given:
            raise BadFilter(f"{name}= stands in the filter and beside it: one of them")
        given[name] = text
    return LANGUAGE.from_pairs(given.items())


def read(
    store: Store, settings: Settings, asked: Asked, unmasked: bool
) -> tuple[Sheet, Counts, int | None]:
    """The page's letters, the counts of all, and how many fit, where that is counted."""
    found = counts.read(store)
    fits = asked.wanted.fits if unmasked else masked.fitting(asked.wanted, settings)
    if asked.wrong:
        sheet = Sheet((), 0, None, found.total, 0)
        return sheet, found, None
    sheet = browse.read(store, asked.wanted, asked.after, fits)
    if asked.is_plain:
        return sheet, found, browse.count(store, asked.wanted)
    return sheet, found, found.of(asked.wanted)


class Dead(Page):
    """Counts, and a page of the letters that fit."""

    async def get(self) -> None:
        asked, unmasked = Asked.of(self.request.query), self.may("unmask")
        sheet, found, fitting = await self.house.shared(
            ("dead", asked, unmasked),
            lambda store: read(store, self.house.settings, asked, unmasked),
        )
        if asked.wrong:
            self.set_status(400)
        self.show(
            "dead",
            asked=asked,
            sheet=sheet,
            counts=found,
            fitting=fitting,
            most_lanes=MOST_LANES,
            language=LANGUAGE,
            reasons=REASONS,
        )


class Seen(Page):
    """Notes that somebody has seen all dead letters so far; they stay."""

    act = "seen"

    async def post(self) -> None:
        who = str(self.current_user)

        def do(store: Store) -> Trouble | None:
            found = unseen.are_seen(store)
            if found is not None:
                acts.write(store, who, "seen", "dead letters", found.messages)
            return found

        found = await self.house.act(do)
        if found is None:
            self.tell("No dead letters that nobody has seen.")
        else:
            self.tell(f"Seen so far: {found.detail}; they stay.")
        self.redirect(self.reverse_url("overview"), status=303)


def of_form(page: Any) -> Filter:
    """The filter of a posted form. Raises BadFilter."""
    return LANGUAGE.parse(page.get_body_argument("where", ""))
