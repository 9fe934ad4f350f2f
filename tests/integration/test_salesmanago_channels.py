"""SALESmanago's coupons, funnels, e-mails, messages, tasks, notes and loyalty, and Mobile."""

from __future__ import annotations

import hashlib

from batchline import salesmanago as sm
from batchline.systems.salesmanago_mobile.messages import MobileContact
from tests.builders import contact, introduced, lose_answer

ANN = "ann@shop.example"
STAGES = [{"name": "First", "order": 1}, {"name": "Second", "order": 2}]
FILE = bytes(range(256)) * 4


def to(email=ANN):
    return [{"addressee_type": "EMAIL", "value": email}]


def entry(email, stage="First"):
    return sm.FunnelEntry(funnel="Sales", stage=stage, contacts=to(email))


def points(number, email=ANN):
    return sm.PointsChange(
        loyalty_program="Stars", points=number, modification_type="ADD", contacts=to(email)
    )


def memory(stack):
    return stack.sandbox.control.memory()


def requests_of(stack, operation):
    return [r for r in stack.sandbox.control.requests() if r["operation"] == operation]


def test_points_of_many_contacts_are_one_call_and_of_one_contact_each_its_own(stack):
    with stack.producer() as producer:
        producer.send(sm.LoyaltyEntry(loyalty_program="Stars", contacts=to()))
        producer.send_many([points(5, f"{n}@shop.example") for n in range(50)])
        producer.send_many([points(5) for _ in range(3)])
        producer.send(sm.LoyaltyExit(loyalty_program="Stars", contacts=to("7@shop.example")))
    stack.worker()
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (55, 0)
    balances = memory(stack)["programs"]["Stars"]
    assert (balances.pop(ANN), set(balances.values()), len(balances)) == (15, {5}, 49)
    assert len(requests_of(stack, "loyalty.modify_points")) == 4


def test_a_lost_answer_holds_points_and_repeats_what_only_travels_with_them(stack):
    lose_answer(stack, "reset", "/api/loyalty/program/v1/addContact")
    lose_answer(stack, "reset", "/api/loyalty/program/v1/modifyPoints")
    with stack.producer() as producer:
        producer.send(sm.LoyaltyEntry(loyalty_program="Stars", contacts=to()))
        producer.send(points(5))
        producer.send(points(1, "bob@shop.example"))
    stack.worker()
    totals = stack.until_at_rest()
    assert memory(stack)["programs"] == {"Stars": {ANN: 5, "bob@shop.example": 1}}
    assert (totals["delivered"], totals["dead"]) == (2, 1)
    letter = stack.run_json("dead", "list", "--json")
    assert (letter["op"], letter["reason"]) == ("loyalty.modify_points", "ambiguous")


def test_a_funnel_is_built_filled_and_emptied_in_the_order_of_enqueueing(stack):
    introduced(stack, ANN, "bob@shop.example")
    with stack.producer() as producer:
        producer.send(sm.FunnelAddition(funnel="Sales", stages=STAGES))
        producer.send_many([entry(ANN), entry("bob@shop.example"), entry(ANN, "Second")])
        producer.send(sm.FunnelDeletion(funnel="Sales", stage="First"))
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (7, 0)
    ann = stack.sandbox.control.contact(ANN)["id"]
    assert memory(stack)["funnels"] == {
        "Sales": {"stages": ["Second"], "contacts": {ann: "Second"}}
    }


def test_a_missing_contact_keeps_no_other_out_of_the_funnel_and_is_waited_for(stack):
    stack.configure(("until = 1.5", "until = 30"))
    others = [f"{n}@shop.example" for n in range(5)]
    introduced(stack, *others)
    with stack.producer() as producer:
        producer.send(sm.FunnelAddition(funnel="Sales", stages=STAGES))
        producer.send_many([entry(one) for one in (*others[:3], "late@shop.example", *others[3:])])
        stack.until(lambda now: now.totals["parked"] == 1)
        assert len(memory(stack)["funnels"]["Sales"]["contacts"]) == 5
        producer.send(contact("late@shop.example"))
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (13, 0)
    assert len(memory(stack)["funnels"]["Sales"]["contacts"]) == 6


def test_an_entry_that_the_answer_does_not_mention_is_tried_again_and_not_held(stack):
    introduced(stack)
    silent = {"kind": "status", "status": 200, "body": '{"success": true, "message": []}'}
    lose_answer(stack, silent, "/api/funnel/addContact")
    with stack.producer() as producer:
        producer.send(sm.FunnelAddition(funnel="Sales", stages=STAGES))
        producer.send(entry(ANN))
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (3, 0)
    assert len(requests_of(stack, "funnel.add_contact")) == 2


def test_a_confirmation_waits_for_its_contact(stack):
    stack.configure(("until = 1.5", "until = 30"))
    stack.worker()
    with stack.producer() as producer:
        producer.send(sm.ConfirmationEmail(email=ANN))
        stack.until(lambda now: now.totals["parked"] == 1)
        producer.send(contact(ANN))
    assert stack.until_at_rest()["delivered"] == 2
    assert stack.sandbox.control.contact(ANN)["history"]["doubleOptIns"] == 1


def test_a_coupon_whose_answer_is_lost_is_given_once_or_held_where_nobody_knows_its_code(stack):
    introduced(stack)
    with stack.producer() as producer:
        lose_answer(stack, "reset", "/api/contact/addContactCoupon")
        producer.send(sm.CouponAddition(email=ANN, name="winter", coupon="XMAS-1"))
        stack.until(lambda now: now.totals["delivered"] == 2)
        lose_answer(stack, "reset", "/api/contact/addContactCoupon")
        producer.send(sm.CouponAddition(email=ANN, name="winter", length=8))
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (2, 1)
    coupons = [one["coupon"] for one in stack.sandbox.control.contact(ANN)["coupons"]]
    assert coupons.count("XMAS-1") == 1
    assert len(coupons) == 2


def test_what_the_api_calls_what_it_made_can_be_read(stack):
    with stack.producer() as producer:
        ids = producer.send_many(
            [
                sm.CouponAddition(email=ANN, name="winter", coupon="XMAS-1"),
                sm.EmailUpsert(
                    name="n",
                    subject="s",
                    sender_account_id="99cdc5fe-7376-436e-acb5-7180c97dadb6",
                    content="c",
                ),
                sm.EmailSending(email_id="1a2b", contacts=to()),
                sm.EmailSending(email_id="1a2b", contacts=to("bob@shop.example")),
                sm.TextMessage(name="n", text_content="t", contacts=to()),
                sm.TaskUpdate(
                    sm_contact_task_req={
                        "contact_email": ANN,
                        "date": 1795248000000,
                        "reminder": "1_DAY",
                    }
                ),
            ]
        )
        stack.worker()
        assert stack.until_at_rest()["delivered"] == 6
        coupon, email, first, second, message, task = map(producer.api_id, ids)
    assert coupon == "XMAS-1"
    assert email in memory(stack)["emails"]
    assert first == second != ""
    assert message.isdigit()
    assert task in memory(stack)["tasks"]
    assert len(requests_of(stack, "email.send")) == 1


def test_an_attachment_arrives_as_it_was_given(stack):
    file = {"name": "zażółć.bin", "content_type": "application/octet-stream", "content": FILE}
    with stack.producer() as producer:
        producer.send(
            sm.EmailWithAttachment(
                email_id="1a2b",
                contacts=[{"addressee_type": "EMAIL", "email": ANN}],
                attachment=file,
            )
        )
    stack.worker()
    assert stack.until_at_rest()["delivered"] == 1
    (kept,) = memory(stack)["kept"]["email.send_with_attachment"]
    assert kept["attachment"] == {
        "name": file["name"],
        "type": file["content_type"],
        "sha256": hashlib.sha256(FILE).hexdigest(),
    }


def test_a_mobile_user_is_created_at_an_account_of_its_own(stack):
    stack.add_account("mobile", "salesmanago_mobile")
    user = MobileContact(
        push_registration_id="token", application_simple_id="app", system_="IOS", email=ANN
    )
    with stack.producer() as producer:
        message_id = producer.send(user, account="mobile")
        stack.worker()
        assert stack.until_at_rest()["delivered"] == 1
        assert producer.api_id(message_id)
    (row,) = stack.sandbox.control.ledger(operation="contact.create")
    assert (row["id"], row["key"]) == ("token", ANN)
