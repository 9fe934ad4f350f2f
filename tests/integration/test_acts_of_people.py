"""Who did what is kept: pauses, and acts on dead letters; bounded, and without persons."""

from __future__ import annotations

from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.cli import exit_codes
from batchline.worker.store import acts
from tests.letters import dead


def coupons(count):
    return [CouponRedemption(email=f"c{n}@shop.example", coupon="C") for n in range(count)]


def told(stack):
    return [(line.what, line.on, line.count) for line in acts.read(stack.store)][::-1]


def test_each_act_of_a_command_is_kept_with_its_person(stack):
    ids = dead(stack, coupons(5), "rejected")
    for arguments in (
        ("pause", "default", "--reason", "stocktaking"),
        ("resume", "default"),
        ("dead", "edit", ids[0], "--set", "coupon=NEW", "--replay"),
        ("dead", "replay", ids[1], ids[2]),
        ("dead", "export", "letters.jsonl", "--reason", "rejected"),
        ("dead", "purge", "--contact", "c3@shop.example", "--yes"),
        ("dead", "purge", "--all", "--yes"),
        ("dead", "import", "letters.jsonl"),
        # Nothing is done, and nothing is kept.
        ("dead", "replay", "--all", "--dry-run"),
    ):
        done = stack.run(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
    nothing = stack.run("dead", "replay", "--reason", "expired")
    assert nothing.returncode == exit_codes.NOTHING_MATCHED, nothing.stderr
    assert told(stack) == [
        ("paused", "default", None),
        ("resumed", "default", None),
        ("edited", ids[0], 1),
        ("replayed", ids[0], 1),
        ("replayed", "2 named", 2),
        ("purged", "contact=***", 1),
        ("purged", "all", 1),
        ("imported", "from a file", 2),
    ]
    assert {line.who for line in acts.read(stack.store)} == {acts.person()}
    shown = stack.run("acts").stdout.decode()
    assert "stocktaking" in shown
    assert b"Nobody" not in stack.run("acts", "--json").stdout


def test_what_is_read_goes_on_behind_a_line(store):
    for number in range(5):
        acts.write(store, "ann", "paused", f"lane{number}", detail="[/x] why")
    first = acts.read(store, 2)
    assert [line.on for line in first] == ["lane4", "lane3"]
    assert [line.on for line in acts.read(store, 9, first[-1].id)] == ["lane2", "lane1", "lane0"]
    assert first[0].detail == "[/x] why"


def test_the_acts_on_an_account_are_found_among_those_on_others(store, monkeypatch):
    monkeypatch.setattr(acts, "LOOKED_AT", 3)
    ours = [
        *("shop", "shop:event.add", "shop:event.add:0", "shop:event.add:0@1795248000000-0"),
        *("account=shop reason=rejected", "reason=rejected account=shop"),
    ]
    others = ["shop2", "my:shop", "all", "account=shop2", "reason=rejected", "2 named"]
    for one, other in zip(ours, others, strict=True):
        acts.write(store, "ann", "paused", one)
        acts.write(store, "ann", "paused", other)
    found = acts.read(store, account="shop")
    assert [line.on for line in found] == ours[::-1]
    assert acts.read(store, 2, account="shop") == found[:2]
    assert acts.read(store, 9, found[1].id, "shop") == found[2:]
    assert acts.read(store, account="nobody") == []


def test_the_stream_is_bounded(store, monkeypatch):
    monkeypatch.setattr(acts, "LENGTH", 100)
    for number in range(600):
        acts.write(store, "ann", "paused", "x" * 10_000 if number == 599 else "x")
    assert store.client.xlen(store.keys.acts) < 300
    assert len(acts.read(store, 1)[0].on) == acts.LONGEST
