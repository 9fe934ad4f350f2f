"""contact/useContactCoupon, contact/addContactCoupon and coupon/verify."""

from __future__ import annotations

import secrets

from batchline.sandbox.bodies import JsonObject, as_text
from batchline.sandbox.checks import all_of, email, identified_by, millis, text, uuid, whole
from batchline.sandbox.contract import Answer, Item, ours
from batchline.sandbox.salesmanago.account import Account, Coupon, contact_key
from batchline.sandbox.salesmanago.methods import CheckedRequest, Method, body_of
from batchline.sandbox.settings import Settings

#: Seconds of a year.
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
    return [Item(as_text(body.get("coupon")), contact_key(as_text(body.get("email"))))]


def _use(request: CheckedRequest) -> Answer:
    """Use a coupon, once per contact; the answer to a second use is not documented.

    `result` is null on success and, in one sentence of the documents, "error" on failure.
    """
    key, code = contact_key(request.body["email"]), request.body["coupon"]
    reason = _why_invalid(request.account, request.desk.settings, code, key, request.now)
    if reason is None and (key, code) in request.account.used_coupons:
        reason = "already used"
    if reason:
        return request.refuse(f"coupon: {reason}", result="error")
    request.account.used_coupons[key, code] = int(request.now * 1000)
    return request.accept(result=None)


def _add(request: CheckedRequest) -> Answer:
    """Assign a coupon to a contact, until `valid`; "by default: year"."""
    body = request.body
    code = body.get("coupon") or secrets.token_hex(32).upper()[: body["length"]]
    known = request.account.coupons.get(code)
    if known is not None and known.key != contact_key(body["email"]):
        return request.refuse("coupon: assigned to another contact", result=None)
    valid_to = body.get("valid") or int((request.now + YEAR) * 1000)
    request.account.coupons[code] = Coupon(contact_key(body["email"]), body["name"], valid_to)
    return request.accept(result=None, coupon=code)


def _verify(request: CheckedRequest) -> Answer:
    """Check a coupon: `sent` is "if the coupon has been marked as used"; a used one stays valid.

    "If you do not specify email/contactId, the system will check if the coupon is assigned to any
    Contact. If you specify both fields, the contactId takes priority."
    """
    code, key = request.body["couponCode"], _verified_key(request)
    used = request.account.used_coupons
    sent = (
        (key, code) in used if key is not None else any(code == used_code for _, used_code in used)
    )
    reason = _why_invalid(request.account, request.desk.settings, code, key, request.now)
    if reason is None:
        return request.accept(valid=True, sent=sent)
    # Of the documents' reasons only "expired" is known; their list was lost.
    return request.accept(
        valid=False, reason=reason if reason == "expired" else ours(reason), sent=sent
    )


def _verified_key(request: CheckedRequest) -> str | None:
    contact_id, address = request.body.get("contactId"), request.body.get("email")
    if contact_id:
        contact = request.account.find(None, contact_id)
        return contact_key(contact.email) if contact else ""
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
