"""Questions to SALESmanago (API v2). What they answer: `batchline.systems.salesmanago.findings`."""

from __future__ import annotations

from collections.abc import Sequence

from batchline.ask.call import asked
from batchline.producers.frames import without_values
from batchline.producers.settings import Settings
from batchline.systems.question import WAIT
from batchline.systems.salesmanago import questions
from batchline.systems.salesmanago.findings import (
    Contact,
    ContactFound,
    Contacts,
    CouponChecked,
    JobStatus,
    Notifications,
    Users,
)

__all__ = [
    "Contact",
    "ContactFound",
    "Contacts",
    "CouponChecked",
    "JobStatus",
    "Notifications",
    "Users",
    "contacts_by_email",
    "contacts_by_id",
    "has_contact",
    "job_status",
    "pushes",
    "users",
    "verify_coupon",
]


@without_values
def has_contact(
    email: str,
    *,
    owner: str | None = None,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> ContactFound:
    """Whether a contact with this address is there: contact/hasContact.

    It is asked as `owner`, the account's if left out. An answer of no may mean a contact that this
    owner must not see.
    """
    return asked(questions.has_contact(email, owner), account, settings, wait)


@without_values
def contacts_by_email(
    emails: Sequence[str],
    *,
    owner: str | None = None,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> Contacts:
    """Up to 50 contacts by their addresses, with their events and coupons: contact/list."""
    return asked(questions.contacts_by_email(emails, owner), account, settings, wait)


@without_values
def contacts_by_id(
    contact_ids: Sequence[str],
    *,
    owner: str | None = None,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> Contacts:
    """Up to 50 contacts by their contactIds, with their events and coupons: contact/listById."""
    return asked(questions.contacts_by_id(contact_ids, owner), account, settings, wait)


@without_values
def verify_coupon(
    name: str,
    code: str,
    *,
    email: str | None = None,
    contact_id: str | None = None,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> CouponChecked:
    """Whether a code of the coupon `name` is valid: coupon/verify.

    With `email` or `contact_id` (which goes before): also whether it is that contact's.
    """
    question = questions.verify_coupon(name, code, email, contact_id)
    return asked(question, account, settings, wait)


@without_values
def job_status(
    request_id: int,
    *,
    owner: str | None = None,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> JobStatus:
    """Whether a job has ended, and where its file is: job/status.

    It is asked as `owner`, the one whom the job was made for; the account's if left out.
    """
    return asked(questions.job_status(request_id, owner), account, settings, wait)


@without_values
def pushes(
    application_id: str,
    *,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> Notifications:
    """All mobile pushes of an application, with their ids: mobile/push/list."""
    return asked(questions.pushes(application_id), account, settings, wait)


@without_values
def users(
    *, account: str = "default", settings: Settings | None = None, wait: float = WAIT
) -> Users:
    """The users of the account, who may be owners: user/listByClient."""
    return asked(questions.users(), account, settings, wait)
