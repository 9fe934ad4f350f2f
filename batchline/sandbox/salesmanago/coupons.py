"""contact/useContactCoupon, contact/addContactCoupon and coupon/verify."""

from __future__ import annotations

import secrets

from batchline.sandbox.bodies import JsonObject, word
from batchline.sandbox.checks import all_of, email, identified_by, millis, text, uuid, whole
from batchline.sandbox.contract import Answer, Item, ours
from batchline.sandbox.salesmanago.account import Account, Coupon, contact_key
from batchline.sandbox.salesmanago.methods import Method, Turn, body_of
from batchline.sandbox.settings import Settings

#: Seconds.
YEAR = 365 * 86_400

_USE = body_of({"email": email, "coupon": text(255, shortest=1)}, required=("email", "coupon"))
# "Only one of these fields is mandatory": the sample has both.
_ADD = all_of(
    body_of(
        {
            "email": email,
            "name": text(64, shortest=1),
            "length": whole(5, 64),
            "valid": millis,
            "coupon": text(32, shortest=5),
        },
        required=("email", "name"),
    ),
    identified_by("coupon", "length"),
)
_VERIFY = body_of(
    {
        "couponName": text(64, shortest=1),
        "couponCode": text(64, shortest=1),
        "email": email,
        "contactId": uuid,
    },
    required=("couponName", "couponCode"),
)


def _item(body: JsonObject) -> list[Item]:
    return [Item(word(body.get("coupon")), contact_key(word(body.get("email"))))]


def _use(turn: Turn) -> Answer:
    """`result` is null on success and, in one sentence of the documents, "error" on failure.

    A coupon is used once per contact. What the API says to a second time is not documented.
    """
    key, code = contact_key(turn.body["email"]), turn.body["coupon"]
    reason = _why_invalid(turn.account, turn.desk.settings, code, key, turn.now)
    if reason is None and (key, code) in turn.account.used_coupons:
        reason = "already used"
    if reason:
        return turn.refuse(f"coupon: {reason}", result="error")
    turn.account.used_coupons[key, code] = int(turn.now * 1000)
    return turn.accept(result=None)


def _add(turn: Turn) -> Answer:
    """The coupon is the contact's own, until `valid`; "by default: year"."""
    body = turn.body
    code = body.get("coupon") or secrets.token_hex(32).upper()[: body["length"]]
    known = turn.account.coupons.get(code)
    if known is not None and known.key != contact_key(body["email"]):
        return turn.refuse("coupon: assigned to another contact", result=None)
    valid_to = body.get("valid") or int((turn.now + YEAR) * 1000)
    turn.account.coupons[code] = Coupon(contact_key(body["email"]), body["name"], valid_to)
    return turn.accept(result=None, coupon=code)


def _verify(turn: Turn) -> Answer:
    """`sent`: "if the coupon has been marked as used"; the sample shows valid and sent both true.

    "If you do not specify email/contactId, the system will check if the coupon is assigned to any
    Contact. If you specify both fields, the contactId takes priority."
    """
    code, key = turn.body["couponCode"], _verified_key(turn)
    used = turn.account.used_coupons
    sent = (
        (key, code) in used if key is not None else any(code == used_code for _, used_code in used)
    )
    reason = _why_invalid(turn.account, turn.desk.settings, code, key, turn.now)
    if reason is None:
        return turn.accept(valid=True, sent=sent)
    # "expired" is the documents' word, the list of the others was lost.
    return turn.accept(
        valid=False, reason=reason if reason == "expired" else ours(reason), sent=sent
    )


def _verified_key(turn: Turn) -> str | None:
    contact_id, address = turn.body.get("contactId"), turn.body.get("email")
    if contact_id:
        found = turn.account.find(None, contact_id)
        return contact_key(found.email) if found else ""
    return contact_key(address) if address else None


def _why_invalid(
    account: Account, settings: Settings, code: str, key: str | None, now: float
) -> str | None:
    coupon = account.coupons.get(code)
    if coupon is None:
        return None if code.startswith(settings.coupon_prefix) else "unknown"
    if coupon.valid_to is not None and coupon.valid_to < now * 1000:
        return "expired"
    if key is not None and coupon.key != key:
        return "assigned to another contact"
    return None


METHODS = [
    Method("contact/addContactCoupon", "coupon.add", _ADD, _add, _item, owner_required=None),
    Method("contact/useContactCoupon", "coupon.redeem", _USE, _use, _item, owner_required=None),
    Method("coupon/verify", "coupon.verify", _VERIFY, _verify, owner_required=None),
]
