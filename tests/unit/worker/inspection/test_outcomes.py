"""What became of a message in each batch, from a journal that counts per batch."""

from hypothesis import given
from hypothesis import strategies as st

from batchline.worker.inspection.locate import GONE, Location
from batchline.worker.inspection.outcomes import explain
from batchline.worker.inspection.trace import about
from batchline.worker.store.journal import Act, Batch

LANE = "default:event.add:0"
ID = f"{LANE}@5-5"
OUTCOMES = ("delivered", "parked", "dead", "kept")


def batch(returned=(), first="5-0", last="5-9", **counts):
    return Batch(
        at=0,
        lane=LANE,
        first=first,
        last=last,
        messages=sum(counts.values()),
        attempt=1,
        error="",
        returned=frozenset(returned),
        **{name: counts.get(name, 0) for name in OUTCOMES},
    )


def act(name):
    return Act(0, LANE, name, frozenset([ID]))


PLACES = {
    "new": Location("waiting", LANE, is_new=True),
    "returned": Location("waiting", LANE),
    "parked": Location("parked", LANE, reason="contact_missing"),
    "dead": Location("dead", LANE, reason="rejected"),
    "delivered": GONE,
    "purged": GONE,
}


@st.composite
def ways(draw, others=0):
    """A message's way: the lines about it, what became of it in each, and where it ends.

    `others`: so many others at most share each batch, and end in it in any way.
    """
    lines, truth, situation = [], [], "new"

    def sent(outcome, returned):
        counts = {name: draw(st.integers(0, others)) for name in OUTCOMES}
        counts[outcome] += 1
        lines.append(batch([ID] if returned else [], **counts))
        truth.append(outcome)

    for _ in range(draw(st.integers(0, 7))):
        if situation in ("new", "returned", "parked"):
            outcome = draw(st.sampled_from(OUTCOMES))
            sent(outcome, returned=situation != "new")
            kept = "new" if situation == "new" else "returned"
            situation = kept if outcome == "kept" else outcome
        elif situation == "dead":
            done = draw(st.sampled_from(["edited", "replayed", "purged"]))
            lines.append(act(done))
            truth.append(None)
            situation = {"edited": "dead", "replayed": "returned", "purged": "purged"}[done]
        elif situation == "purged":
            lines.append(act("imported"))
            truth.append(None)
            situation = "dead"
    if situation == "parked" and draw(st.booleans()):
        situation = "returned"
    return lines, truth, PLACES[situation], situation


@given(ways())
def test_alone_in_its_batches_a_messages_fate_is_certain(way):
    lines, truth, location, situation = way
    found = explain(ID, lines, location)
    assert found.outcomes == [frozenset([outcome]) for outcome in truth]
    if location.state == "gone":
        assert found.ends == {situation}


@given(ways(others=2))
def test_among_others_what_really_happened_is_never_ruled_out(way):
    lines, truth, location, situation = way
    found = explain(ID, lines, location)
    assert found.ends
    for outcomes, outcome in zip(found.outcomes, truth, strict=True):
        assert outcome in outcomes
    if location.state == "gone":
        assert situation in found.ends


@given(ways(others=2), st.integers(0, 7))
def test_a_journal_that_has_forgotten_the_beginning_rules_out_nothing_that_happened(way, forgotten):
    lines, truth, location, _ = way
    found = explain(ID, lines[forgotten:], location)
    for outcomes, outcome in zip(found.outcomes, truth[forgotten:], strict=True):
        assert outcome in outcomes


def test_where_a_message_is_tells_what_became_of_it_in_a_mixed_batch():
    lines = [batch(parked=1, dead=1)]
    assert explain(ID, lines, PLACES["parked"]).outcomes == [{"parked"}]
    assert explain(ID, lines, PLACES["dead"]).outcomes == [{"dead"}]


def test_a_batch_around_the_place_of_a_message_for_later_has_not_held_it():
    lines = [batch(delivered=2), batch([ID], delivered=1)]
    found = explain(ID, lines, GONE)
    assert (found.outcomes, found.ends) == ([{None}, {"delivered"}], {"delivered"})


def test_the_next_batch_spans_the_place_of_one_that_was_settled_behind_a_kept_one():
    lines = [batch(kept=1, dead=1), batch(delivered=1)]
    assert explain(ID, lines, PLACES["dead"]).outcomes == [{"dead"}, {None}]
    assert explain(ID, lines, GONE).outcomes == [{"kept"}, {"delivered"}]


def test_a_contact_that_its_job_named_invalid_was_delivered_before():
    location = Location("dead", LANE, reason="invalid")
    assert explain(ID, [batch(delivered=3)], location).outcomes == [{"delivered"}]
    lines = [batch(delivered=3), act("replayed"), batch([ID], delivered=1)]
    assert explain(ID, lines, GONE).outcomes == [{"delivered"}, {None}, {"delivered"}]


def test_nothing_is_certain_of_a_message_that_has_left_no_line():
    assert explain(ID, [], GONE).ends == {"delivered", "purged", "erased"}


def test_lines_are_about_a_message_by_their_range_in_its_lane_or_by_naming_it():
    lines = [
        batch(first="5-0", last="5-5", delivered=1),
        batch(first="5-6", last="5-10", delivered=1),
        batch(first="4-9", last="10-0", delivered=1),
        batch(first="5-10", last="5-11", delivered=1),
        batch([ID], first="9-0", last="9-0", delivered=1),
        batch([f"{LANE}@5-50"], first="9-0", last="9-0", delivered=1),
        act("purged"),
        Act(0, LANE, "purged", frozenset([f"{LANE}@5-50"])),
    ]
    assert list(about(ID, lines)) == [lines[0], lines[2], lines[4], lines[6]]
    assert list(about("default:event.add:1@5-5", lines)) == []
