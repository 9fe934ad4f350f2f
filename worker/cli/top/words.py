"""The lines of `batchline top` beside its tables. Pure."""

from __future__ import annotations

from rich.text import Text

from batchline.worker.cli.numbers import many
from batchline.worker.cli.top.rows import TABS
from batchline.worker.cli.top.views import Found, Tab, View, row_of, trouble_key
from batchline.worker.dashboard.pages.words import moment
from batchline.worker.troubles.kinds import KINDS

#: It fits 80 columns and 24 lines.
KEYS = """\
1 2 3 4, Tab   lanes, troubles, dead letters, bulk acts
arrows         another row, and columns that do not fit
Enter          all of the row: why nothing moves, what to do
/              filter, as --where takes it; an empty line: everything
s, o           sort lanes by the next column; the other way round
n, b           next page, page before
d              the dead letters of the lane
q, Ctrl-C      quit

Keys in upper case change something. Each asks first; see batchline acts.

P  (lanes, troubles)   pause the operation, with a reason
A  (lanes)             pause the whole account
R  (lanes, troubles)   resume what holds it, and end its waits
   (dead letters)      replay this one
   (bulk acts)         go on with one that was stopped
B  (dead letters)      replay all that fit the filter: type the count
S  (bulk acts)         stop it
C  (bulk acts)         confirm one that is counted"""

#: Tab -> a filter as an example.
EXAMPLES: dict[Tab, str] = {
    "lanes": "account=default state=failing,paused",
    "troubles": "account=default operation=event.add",
    "dead": 'reason=rejected since=2h text="bad e-mail"',
}


def health(found: Found | None, away: str) -> tuple[str, str]:
    """Are we well: the state, and a sentence."""
    if away:
        since = f"; what is shown is of {moment(found.now)} UTC" if found else ""
        return "wrong", f"{away}. Trying again{since}"
    if found is None:
        return "waits", "Reading ..."
    workers = found.overview.workers
    return (
        found.overview.state,
        f"{found.overview.sentence} {workers:,} worker{'' if workers == 1 else 's'}.",
    )


def about(found: Found | None, key: str | None) -> str:
    """What to do about the row under the cursor, as far as that fits two lines."""
    if found is None or key is None:
        return ""
    text, do = "", ""
    row = row_of(found, key)
    if row is not None and found.lanes is not None:
        answer = found.lanes.why(row)[0].answer
        text, do = answer.text, answer.do
    for one in found.troubles if found.view.tab == "troubles" else ():
        if trouble_key(one) == key:
            text, do = one["detail"], one["do"]
    return "\n".join(filter(None, (text, do and f"Do: {do}")))


def tabs(tab: Tab, found: Found | None) -> Text:
    """The line of tabs, each with its key and how many there are."""
    line = Text(no_wrap=True, overflow="ellipsis")
    for at, (name, (title, _)) in enumerate(TABS.items(), 1):
        count = _count(name, found)
        text = f" {at} {title}{f' {count:,}' if count else ''} "
        line.append(text, style="reverse bold" if name == tab else "")
        line.append(" ")
    return line.append(" ?: keys", style="dim")


def _count(tab: Tab, found: Found | None) -> int:
    if found is None:
        return 0
    seen = found.overview
    counts: dict[Tab, int] = {
        "troubles": len(seen.troubles),
        "dead": seen.dead,
        "bulk": len(seen.bulk),
    }
    return counts.get(tab, 0)


def asked(view: View, found: Found | None) -> str:
    """What is shown: how many of how many, sorted how, by which filter."""
    parts = [f"filter: {view.filter}"] if view.filter else []
    if found is None or found.view != view:
        return "   ".join([*parts, "reading ..."])
    if found.lanes is not None:
        page = found.lanes
        parts.insert(0, f"{page.matching:,} of {page.of:,} lanes, sorted by {view.sort}")
        if page.pages > 1:
            parts.insert(1, f"page {page.page:,} of {page.pages:,} (n, b)")
    elif found.sheet is not None and found.counts is not None:
        parts.insert(0, _letters(found))
        reasons = ", ".join(f"{count:,} {name}" for name, count in found.counts.reasons.items())
        if reasons:
            parts.append(f"all: {reasons}")
    elif view.tab == "troubles":
        parts.insert(0, f"{len(found.troubles):,} of {len(found.overview.troubles):,} troubles")
    else:
        parts.insert(0, f"{len(found.acts):,} bulk acts are remembered")
    return "   ".join(parts)


def _letters(found: Found) -> str:
    assert found.sheet is not None
    sheet = found.sheet
    fitting = "" if found.fitting is None else f"{found.fitting:,} fit of "
    text = f"{fitting}{many(sheet.of, 'dead letter')}"
    if found.view.pages or sheet.next is not None:
        text += f", page {len(found.view.pages) + 1:,} (n, b)"
    if sheet.looks_on:
        text += f", {sheet.looked:,} looked at: n looks on"
    return text


def scope_of(found: Found, key: str, held: bool) -> str:
    """What a trouble is about: its account and operation; `held`: the scope of a pause itself."""
    for one in found.troubles:
        if trouble_key(one) == key:
            kind = KINDS.get(one["kind"])
            if held and kind is not None and kind.ends == "resume":
                return str(one["scope"])
            return ":".join(filter(None, (one["account"], one["operation"])))
    return ""
