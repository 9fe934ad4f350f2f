"""The oracle of a chaos run: what it hands out."""

from __future__ import annotations

from collections import defaultdict

from batchline.systems.registry import operations
from tests.chaos.oracle import Writer
from tests.chaos.policies import ACCOUNTS, USED, policy


def handed(seed=1, chunks=300):
    poisoned = []
    writer = Writer(0, seed, poisoned.append)
    made = [*writer.introductions()]
    for second in range(chunks):
        made += writer.chunk(float(second))
    return writer, [*made, *writer.late()], set(poisoned)


def test_every_message_has_an_obligation_and_an_idempotency_key_of_its_own():
    writer, made, _ = handed()
    assert [one.obligation for one in made if one.obligation.counter == 0] == [
        one for one in writer.obligations if one.counter == 0
    ]
    keys = [one.outgoing.idempotency_key for one in made]
    assert len(set(keys)) == len(keys)
    assert {one.obligation.operation for one in made} == set(USED)
    assert {one.obligation.account for one in made} == set(ACCOUNTS)


def test_a_contacts_upserts_are_handed_out_in_order():
    counters = defaultdict(list)
    for one in handed()[1]:
        if one.obligation.counter:
            counters[one.obligation.id].append(one.obligation.counter)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in counters.values())


def test_the_sandbox_is_told_of_all_poison_and_of_nothing_else():
    _, made, poisoned = handed()
    assert poisoned == {one.obligation.id for one in made if one.obligation.fate == "poison"}


def test_late_contacts_come_and_others_never():
    _, made, _ = handed()
    upserted = {one.obligation.id for one in made if one.obligation.counter}
    events = [one.obligation for one in made if one.obligation.operation == "event.add"]
    assert {one.fate for one in events} == {
        "deliver",
        "poison",
        "late",
        "never",
        "blocked",
        "crash",
    }
    assert all((one.contact in upserted) == (one.fate != "never") for one in events)


def test_the_same_seed_hands_out_the_same():
    first, second = (
        [(one.obligation.id, one.obligation.counter) for one in handed(3)[1]] for _ in range(2)
    )
    assert first == second


def test_each_policy_is_one_that_its_operation_may_have():
    for account in ACCOUNTS:
        for operation in USED:
            chosen = policy(account, operation)
            assert chosen != "verify" or operations("salesmanago")[operation].verified
