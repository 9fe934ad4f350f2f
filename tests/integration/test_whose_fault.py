"""One message that makes the API fail is found, whatever its answer; the others are delivered."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack, suppress

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.messages import ContactUpsert, CouponRedemption, ExternalEvent
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery.blame import SUSPECT_AFTER
from batchline.worker.delivery.http import NoAnswer
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.parking import unpark
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of, work

ANSWERS = {
    "500": HttpAnswer(500, {}, b"java.lang.NullPointerException"),
    "503": HttpAnswer(503, {}, b""),
    "no answer": NoAnswer("no answer within timeout.read"),
    "reset": NoAnswer("the connection was reset"),
    "unreadable": HttpAnswer(200, {}, b"<html>Please wait</html>"),
    "gateway": HttpAnswer(403, {"Content-Type": "text/html"}, b"<html>Request blocked</html>"),
}
LANES = {"resend": "contact.upsert", "verify": "event.add"}
QUICK = ACCOUNT.replace("suspects", "# suspects") + "suspects = {every = 60, until = 120}\n"


class Api(FakeApi):
    """Gives one answer to every call that holds a poisonous message, and works otherwise."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.answer = answer
        self.applied: list[str] = []
        #: Address -> the events of that contact.
        self.events: dict[str, list[dict]] = {}
        #: Calls that sent messages, and questions.
        self.calls = self.questions = 0
        self.is_down = False

    def send(self, call):
        is_question = call.url.endswith("contact/list")
        self.questions += is_question
        self.calls += not is_question
        if (b"poison" in call.body and not is_question) or self.is_down:
            if isinstance(self.answer, NoAnswer):
                raise self.answer
            return self.answer
        return super().send(call)

    def work(self, url, body):
        if url.endswith("contact/list"):
            coupons = [{"coupon": name, "used": True} for name in self.applied]
            listed = [
                {"email": one, "contactExtEvents": self.events.get(one, []), "coupons": coupons}
                for one in body["email"]
            ]
            return {"success": True, "message": [], "contacts": listed}
        if "upsertDetails" in body:
            self.applied += [item["contact"]["email"] for item in body["upsertDetails"]]
            return {"success": True, "message": [], "requestId": 1}
        if "coupon" in body:
            self.applied.append(body["coupon"])
            return {"success": True, "message": [], "result": None}
        for event in body["events"]:
            self.events.setdefault(event["email"], []).append(event["contactEvent"])
        self.applied += [event["contactEvent"]["externalId"] for event in body["events"]]
        count = len(body["events"])
        done = {"failedContacts": [], "createdAmount": count, "failedAmount": 0}
        return {"success": True, "message": [], **done}


def message(operation, name):
    if operation == "contact.upsert":
        return ContactUpsert.model_validate({"contact": {"email": name}})
    if operation == "coupon.redeem":
        return CouponRedemption(email=f"{name.partition('@')[0]}@shop.example", coupon=name)
    return ExternalEvent.model_validate(
        {
            "email": f"{name.partition('@')[0]}@shop.example",
            "contactEvent": {"contactExtEventType": "PURCHASE", "externalId": name},
        }
    )


def name_of(letter):
    payload = json.loads(letter.payload)
    if "contactEvent" in payload:
        return payload["contactEvent"]["externalId"]
    if "coupon" in payload:
        return payload["coupon"]
    return payload["contact"]["email"]


class Shop:
    """An application and workers: what is sent by an operation is delivered to an API."""

    def __init__(self, store, context, producer, operation) -> None:
        self.store, self.api, self.operation = store, context.http, operation
        self._context, self._producer = context, producer

    def send(self, *names):
        self._producer.send_many([message(self.operation, name) for name in names])

    def work(self, rounds=300):
        work(self._context, Lane("default", self.operation), rounds=rounds)

    def work_without_waiting(self):
        """Deliver all; how often the lane was not due, and would have had to be waited for."""
        lane, waits = Lane("default", self.operation), 0
        client, state = self.store.client, self.store.keys.state(lane)
        while client.xlen(self.store.keys.stream(lane)):
            deliver(lane, self._context)
            waits += client.hdel(state, "retry_at")
            assert waits < 100
        return waits

    def bring_back(self):
        """Bring every parked message back to its lane."""
        client, parked = self.store.client, self.store.keys.parked
        for member in client.zrange(parked, 0, -1):
            client.zadd(parked, {member: 0})
        unpark(self.store)

    def deliver_parked(self):
        """Bring every parked message back to its lane, and deliver."""
        self.bring_back()
        self.work()

    @property
    def totals(self):
        totals = status.read(self.store).totals
        return {name: totals[name] for name in ("delivered", "parked", "dead", "backlog")}

    @property
    def letters(self):
        return {name_of(one): one for one in dead_letters.find(self.store)}


@pytest.fixture
def shop(store, redis_url, tmp_path, monkeypatch):
    """Make a shop whose messages go by this operation to an API that fails with this answer."""
    with ExitStack() as producers:
        producers.callback(store.connections.close)

        def make(operation, answer, batch_size=1000, verify_after=0):
            of_lane = f'[accounts.default.operations."{operation}"]\nbatch_size = {batch_size}\n'
            account = QUICK.replace("verify_after = 0", f"verify_after = {verify_after}")
            text = f'redis_url = "{redis_url}"\n{account}{of_lane}'
            loaded = configure(tmp_path, monkeypatch, text)
            producer = producers.enter_context(Producer(loaded))
            return Shop(store, context_of(store, loaded, Api(ANSWERS[answer])), producer, operation)

        yield make


@pytest.mark.parametrize("policy", LANES)
@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("position", [0, 500, 999])
def test_one_of_a_thousand_that_makes_the_api_fail_is_set_aside_and_becomes_a_dead_letter(
    shop, policy, answer, position, capsys
):
    names = [f"c{n}@shop.example" for n in range(1000)]
    names[position] = "poison@shop.example"
    one = shop(LANES[policy], answer)
    one.send(*names)
    one.work()
    with capsys.disabled():
        calls = f"{one.api.calls} calls, {one.api.questions} questions"
        print(f"\n{answer}, {policy}, at {position}: {calls}")
    assert Counter(one.api.applied) == Counter(set(names) - {"poison@shop.example"})
    assert one.api.calls <= 40
    if answer == "gateway":
        assert one.totals == {"delivered": 999, "parked": 0, "dead": 1, "backlog": 0}
    else:
        assert one.totals == {"delivered": 999, "parked": 1, "dead": 0, "backlog": 0}
    while not one.letters:
        one.send(f"later{one.api.calls}@shop.example")
        one.deliver_parked()
    (letter,) = one.letters.values()
    assert name_of(letter) == "poison@shop.example"
    assert letter.reason == ("blocked" if answer == "gateway" else "poison")


@pytest.mark.parametrize("policy", LANES)
def test_several_that_make_the_api_fail_are_found_wherever_they_are(shop, policy):
    guilty = {0, 1, 17, 399}
    names = [f"poison{n}@s.example" if n in guilty else f"c{n}@s.example" for n in range(400)]
    one = shop(LANES[policy], "500")
    one.send(*names)
    one.work()
    assert Counter(one.api.applied) == Counter(name for name in names if "poison" not in name)
    assert one.totals == {"delivered": 396, "parked": 4, "dead": 0, "backlog": 0}
    while len(one.letters) < len(guilty):
        one.send(f"later{one.api.calls}@shop.example")
        one.deliver_parked()
    assert set(one.letters) == {f"poison{n}@s.example" for n in guilty}


@pytest.mark.parametrize("guilty", [{0, 5, 7, 9}, {0, 1, 2, 3, 4, 5, 9}, set(range(9))])
def test_good_messages_are_found_among_bad_ones_wherever_these_stand(shop, guilty):
    """The witnesses of a batch may be guilty too: of the next batch they are others."""
    names = [f"poison{n}@s.example" if n in guilty else f"c{n}@s.example" for n in range(10)]
    one = shop("contact.upsert", "500")
    good = {name for name in names if "poison" not in name}
    one.send(*names)
    with suppress(AssertionError):  # those that are left are all guilty
        one.work(rounds=60)
    assert Counter(one.api.applied) == Counter(good)
    for number in range(100):
        with suppress(AssertionError):  # the lane is not empty yet
            one.work(rounds=4)
            one.deliver_parked()
        if len(one.letters) == len(guilty):
            break
        one.send(f"later{number}@s.example")  # others come by
    assert set(one.letters) == {f"poison{n}@s.example" for n in guilty}


@pytest.mark.parametrize("policy", LANES)
@pytest.mark.parametrize("answer", ANSWERS)
def test_an_api_that_fails_on_everything_makes_no_dead_letter(shop, policy, answer):
    one = shop(LANES[policy], answer)
    names = [f"c{n}@shop.example" for n in range(50)]
    one.send(*names)
    one.api.is_down = True
    with pytest.raises(AssertionError, match="not empty"):
        one.work(rounds=40)
    assert one.totals == {"delivered": 0, "parked": 0, "dead": 0, "backlog": 50}
    one.api.is_down = False
    one.work()
    assert Counter(one.api.applied) == Counter(names)


def test_what_waits_behind_a_guilty_message_goes_on_when_others_passed_while_it_was_aside(shop):
    one = shop("event.add", "500")
    one.send("victim@poison", *[f"c{n}@x" for n in range(5)])
    one.work()
    one.send("victim@fine")
    for number in range(4):
        one.send(f"later{number}@x")
        one.work()  # this one passes while the guilty one is aside
        one.deliver_parked()  # the guilty one, and what waits behind it, have the lane alone
    assert one.letters["victim@poison"].reason == "poison"
    assert "victim@fine" in one.api.applied
    assert one.totals["backlog"] == one.totals["parked"] == 0


@pytest.mark.parametrize("policy", LANES)
@pytest.mark.parametrize("answer", ["500", "no answer"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_good_messages_behind_a_batch_of_bad_ones_and_their_followers_are_found(
    shop, policy, answer, size
):
    """The lane is the operation's only one: whoever can pass stands behind the batch."""
    one = shop(LANES[policy], answer, size)
    guilty = ["a@poison", "a@poison", "b@poison", "b@1", "a@2", "b@poison", "a@3"]
    if policy == "resend":
        guilty = [f"poison{n}@s.example" for n in range(7)]
    good = [f"c{n}@s.example" for n in range(30)]
    one.send(*guilty, *good)
    with suppress(AssertionError):  # those that are left are guilty, or follow one
        one.work(rounds=120)
    assert {*one.api.applied} >= {*good}
    assert len(one.api.applied) == len({*one.api.applied})
    assert one.letters == {}


@pytest.mark.parametrize("answer", ["500", "gateway"])
def test_a_lane_of_one_contact_is_no_prison_while_other_lanes_of_the_operation_pass(shop, answer):
    """Nobody in the lane can be a witness: those behind the guilty one are of its contact."""
    is_no_prison(shop("event.add", answer), answer, ["victim"])


@pytest.mark.parametrize("answer", ["500", "gateway"])
@pytest.mark.parametrize("contacts", [2, 4, 9])
def test_a_lane_whose_contacts_all_begin_with_a_guilty_message_is_no_prison(shop, answer, contacts):
    """Each can be a witness for the others, and fails itself."""
    is_no_prison(shop("event.add", answer), answer, [f"victim{n}" for n in range(contacts)])


def is_no_prison(one, answer, victims):
    """Send a guilty message of each and then another one, while other lanes pass."""
    one.send(*(f"{victim}@poison" for victim in victims))
    one.send(*(f"{victim}@fine" for victim in victims))
    breaker = one.store.keys.breaker("default", "event.add")
    for _ in range(12 * len(victims)):
        one.store.client.hset(breaker, "passed_at", 2**50)  # another lane of the operation
        with suppress(AssertionError):  # the lane is not empty yet
            one.work(rounds=1)
    for _ in range(8 * len(victims)):
        one.store.client.hset(breaker, "passed_at", 2**50)
        with suppress(AssertionError):
            one.deliver_parked()
    reason = "blocked" if answer == "gateway" else "poison"
    assert {one.letters[f"{victim}@poison"].reason for victim in victims} == {reason}
    assert {*one.api.applied} >= {f"{victim}@fine" for victim in victims}


def test_a_message_that_waits_aside_is_not_passed_by_later_ones_of_its_contact(shop):
    one = shop("event.add", "500")
    one.send("poison-1@x", *[f"c{n}@x" for n in range(5)])
    one.work()
    one.send("poison-1@x", "fine@x")  # the same contact: its first event is aside
    one.work()
    assert "fine@x" in one.api.applied
    assert one.totals["parked"] == 2


def test_a_message_that_comes_back_from_aside_goes_before_the_later_ones_of_its_contact(shop):
    one, bodies = shop("contact.upsert", "500"), []
    one.send("poison-1@x.example", *[f"c{n}@x.example" for n in range(5)])
    one.work()
    assert one.totals["parked"] == 1
    one.send("poison-1@x.example", "fine@x.example")
    one.work()
    assert one.totals["parked"] == 2
    first, second = sorted(
        one.store.client.hkeys(one.store.keys.parked_body), key=lambda key: in_order(key.decode())
    )
    for key, size in ((first, "old"), (second, "new")):
        body = json.loads(one.store.client.hget(one.store.keys.parked_body, key))
        contact = {"email": "poison-1@x.example"}
        body["payload"] = json.dumps({"contact": contact, "properties": {"size": size}})
        one.store.client.hset(one.store.keys.parked_body, key, json.dumps(body))
    one.api.send = lambda call: bodies.append(call.body) or FakeApi.send(one.api, call)
    one.deliver_parked()
    assert one.totals["parked"] == one.totals["dead"] == 0
    assert b'"old"' in bodies[0]
    assert b'"new"' in bodies[-1]


HOUR = 3600


@pytest.mark.parametrize("position", [0, 13, 39, 399])
def test_good_messages_go_on_while_the_api_has_time_before_it_is_asked_about_a_bad_one(
    shop, position
):
    names = [f"c{n}@shop.example" for n in range(400)]
    names[position] = "poison@shop.example"
    one = shop("event.add", "500", batch_size=40, verify_after=HOUR)
    one.send(*names)
    assert one.work_without_waiting() <= SUSPECT_AFTER
    assert one.totals["delivered"] >= 400 - 20  # all but the half of a batch that is on trial
    waits = 0
    while "poison@shop.example" not in one.letters:
        one.send(f"later{one.api.calls}@shop.example")
        one.bring_back()
        waits += one.work_without_waiting()
    assert waits == 0
    assert one.letters["poison@shop.example"].reason == "poison"
    assert one.totals["parked"] == 0
    assert len(one.api.applied) == len({*one.api.applied}) == one.totals["delivered"]


def test_many_bad_messages_are_judged_beside_one_another(shop):
    """Each that is looked for costs the lane a few waits, and its own tries none."""
    names = [f"poison{n}@x" if n % 40 == 7 else f"c{n}@x" for n in range(400)]
    one = shop("event.add", "500", batch_size=40, verify_after=HOUR)
    one.send(*names)
    waits, rounds = one.work_without_waiting(), 0
    while len(one.letters) < 10:
        one.send(f"later{rounds}@x")
        one.bring_back()
        waits, rounds = waits + one.work_without_waiting(), rounds + 1
    assert waits <= 10 * SUSPECT_AFTER
    assert {*one.letters} == {name for name in names if name.startswith("poison")}
    assert {*names} - {*one.letters} <= {*one.api.applied}
    assert len(one.api.applied) == len({*one.api.applied})


@pytest.mark.parametrize("answer", ["500", "no answer"])
def test_what_the_api_takes_and_fails_on_all_the_same_is_delivered_once(shop, answer):
    names = [f"poison{n}@x" if n in (3, 30) else f"c{n}@x" for n in range(100)]
    one = shop("event.add", answer, batch_size=40, verify_after=HOUR)
    send = one.api.send

    def takes_and_fails(call):
        if b"poison" in call.body and not call.url.endswith("contact/list"):
            one.api.work(call.url, json.loads(call.body))
        return send(call)

    one.api.send = takes_and_fails
    one.send(*names)
    one.work_without_waiting()
    while one.totals["parked"]:
        one.bring_back()
        one.work_without_waiting()
    assert Counter(one.api.applied) == Counter(names)
    assert one.totals == {"delivered": 100, "parked": 0, "dead": 0, "backlog": 0}


def test_a_contact_keeps_its_order_where_only_the_first_of_two_on_trial_is_bad(shop):
    one = shop("event.add", "500", batch_size=8, verify_after=HOUR)
    one.send("x@poison", "c1@x", "x@later", *[f"c{n}@x" for n in range(3, 20)])
    one.work_without_waiting()
    while one.api.questions < 20 and one.totals["parked"] > 2:
        one.send(f"passes{one.api.questions}@x")
        one.bring_back()
        one.work_without_waiting()
    assert one.totals["parked"] == 2
    one.api.send = lambda call: FakeApi.send(one.api, call)  # it takes everything now
    one.bring_back()
    one.work_without_waiting()
    in_order = [name for name in one.api.applied if name.startswith("x@")]
    assert in_order == ["x@poison", "x@later"]
    assert one.totals["parked"] == one.totals["dead"] == 0


def test_the_tries_of_bad_coupons_hold_up_no_good_one(shop):
    """An API that refuses repeats leaves it open for long whether it took a message."""
    names = [f"poison{n}@x" if n % 30 == 7 else f"c{n}@x" for n in range(100)]
    one = shop("coupon.redeem", "500", batch_size=10, verify_after=HOUR)
    one.send(*names)
    one.work_without_waiting()
    assert one.totals["delivered"] == 96
    assert one.totals["parked"] == 4
    waits, rounds = 0, 0
    while len(one.letters) < 4:
        one.send(f"later{rounds}@x")
        one.bring_back()
        waits, rounds = waits + one.work_without_waiting(), rounds + 1
    assert waits == 0
    assert {letter.reason for letter in one.letters.values()} == {"poison"}
    assert len(one.api.applied) == len({*one.api.applied}) == 96 + rounds
