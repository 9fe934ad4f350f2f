"""Coupons and mobile pushes."""

import time

import pytest

ANN, BOB = "ann@shop.example", "bob@shop.example"
PUSH_ID = "99cdc5fe-7376-436e-acb5-7180c97dadb6"


def redeem(api, coupon, email=ANN):
    return api.post("contact/useContactCoupon", owner=..., email=email, coupon=coupon)


def verify(api, coupon, **fields):
    return api.post("coupon/verify", owner=..., couponName="any", couponCode=coupon, **fields)


def refused(reason):
    return {"success": False, "message": [f"[sandbox] coupon: {reason}"], "result": "error"}


def test_a_coupon_with_the_prefix_is_used_once_per_contact(api):
    used = {"success": True, "message": [], "result": None}
    assert redeem(api, "SB-1") == used
    assert redeem(api, "SB-1", ANN.upper()) == refused("already used")
    assert redeem(api, "SB-1", BOB) == used


def test_an_unknown_coupon_is_refused_in_words_that_are_labelled_as_ours(api):
    assert redeem(api, "XMAS") == refused("unknown")


def test_assigned_coupons_are_their_contacts_own_and_expire(api):
    codes = api.control.assign_coupons(ANN, codes=["XMAS"], count=2, name="winter")
    assert (codes[0], len(set(codes))) == ("XMAS", 3)
    assert redeem(api, codes[1], BOB) == refused("assigned to another contact")
    assert redeem(api, codes[1])["success"] is True
    api.control.assign_coupons(ANN, codes=["OLD"], valid_to=int(time.time() * 1000) - 1)
    assert redeem(api, "OLD") == refused("expired")


def test_coupon_verify_tells_whether_a_coupon_is_valid_and_used(api):
    def answer(**fields):
        return {"success": True, "message": [], **fields}

    assert verify(api, "SB-1", email=ANN) == answer(valid=True, sent=False)
    redeem(api, "SB-1")
    assert verify(api, "SB-1", email=ANN) == answer(valid=True, sent=True)
    assert verify(api, "SB-1", email=BOB) == answer(valid=True, sent=False)
    assert verify(api, "SB-1") == answer(valid=True, sent=True)
    contact_id = api.upsert()["contactId"]
    by_id = verify(api, "SB-1", email=BOB, contactId=contact_id)
    assert by_id == answer(valid=True, sent=True)
    assert verify(api, "NO") == answer(valid=False, reason="[sandbox] unknown", sent=False)
    api.control.assign_coupons(ANN, codes=["OLD"], valid_to=1)
    assert verify(api, "OLD", email=ANN) == answer(valid=False, reason="expired", sent=False)


def test_redemptions_stand_in_the_ledger_by_code_and_contact(api):
    redeem(api, "SB-1")
    redeem(api, "SB-1")
    rows = api.control.ledger(operation="coupon.redeem")
    seen = [(row["id"], row["key"], row["outcome"]) for row in rows]
    assert seen == [("SB-1", ANN, "applied"), ("SB-1", ANN, "refused")]


TEXTS = {
    "title": {"personalized": False, "text": "Act now 💰"},
    "content": {"personalized": True, "text": "Your ${discount:extra} discount"},
    "deeplink": {"text": "myapp://shop"},
}
MANY = [
    {"addresseeType": "EMAIL", "value": f"{ANN}, {BOB}"},
    {"addresseeType": "TAG", "value": "FEMALE"},
]

PUSHES = [
    ("send", {"pushId": PUSH_ID, "email": ANN}, [f"{PUSH_ID}:{ANN}"]),
    ("send", {"pushId": PUSH_ID, "userId": "7", "sendToAllDevices": "false"}, [f"{PUSH_ID}:7"]),
    (
        "sendCustom",
        {**TEXTS, "contactId": PUSH_ID, "soundName": "chime"},
        [f"Act now 💰:{PUSH_ID}"],
    ),
    (
        "sendMass",
        {"pushId": PUSH_ID, "contacts": MANY, "date": "1659938887999"},
        [f"{PUSH_ID}:{ANN}", f"{PUSH_ID}:{BOB}", f"{PUSH_ID}:FEMALE"],
    ),
    (
        "sendMassCustom",
        {**TEXTS, "contacts": MANY[:1], "imageUrl": "https://x.example/i.png", "date": 5},
        [f"Act now 💰:{ANN}", f"Act now 💰:{BOB}"],
    ),
]


@pytest.mark.parametrize(("method", "fields", "ids"), PUSHES, ids=lambda part: str(part)[:14])
def test_a_push_is_kept_and_stands_in_the_ledger_once_per_addressee(api, method, fields, ids):
    sent = {"applicationId": "app", "properties": {"discount": "20%"}, **fields}
    answer = api.post(f"mobile/push/{method}", owner=..., requestTime=..., **sent)
    assert answer == {"success": True, "message": []}
    assert api.control.pushes() == [sent]
    rows = api.control.ledger(operation="push.*")
    assert [(row["id"], row["applied"]) for row in rows] == [(name, True) for name in ids]


def test_the_list_of_pushes_gives_an_application_the_same_id_every_time(api):
    def listed(application):
        answer = api.post("mobile/push/list", owner=..., applicationId=application)
        (notification,) = answer["notifications"]
        return notification["id"]

    assert listed("app") == listed("app") != listed("another app")
