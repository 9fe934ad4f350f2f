"""Loyalty programs: loyalty/program/v1/addContact, removeContact and modifyPoints, in one lane."""

from __future__ import annotations

from batchline.systems.operation import Operation
from batchline.systems.salesmanago import many
from batchline.systems.salesmanago.endpoints import endpoint, with_user
from batchline.systems.salesmanago.messages.loyalty import (
    LoyaltyEntry,
    LoyaltyExit,
    PointsChange,
)

MODIFY_POINTS = endpoint("/api/loyalty/program/v1/modifyPoints", with_user("owner"), many.body)
ADD_CONTACT = endpoint("/api/loyalty/program/v1/addContact", with_user("owner"), many.body)
REMOVE_CONTACT = endpoint("/api/loyalty/program/v1/removeContact", with_user("owner"), many.body)

OPERATIONS = (
    Operation(
        message=PointsChange,
        linger=0.5,
        batch_size=200,
        largest_batch=1000,
        ambiguous="hold",
        batching="one modifyPoints for all named contacts of equal changes, none twice in one",
        idempotent=False,
        endpoints=(MODIFY_POINTS,),
        plan=many.plan(
            {
                PointsChange.operation: MODIFY_POINTS,
                LoyaltyEntry.operation: ADD_CONTACT,
                LoyaltyExit.operation: REMOVE_CONTACT,
            }
        ),
    ),
    Operation(
        message=LoyaltyEntry,
        linger=0.5,
        batch_size=200,
        largest_batch=1000,
        ambiguous="resend",
        batching="one addContact for all named contacts of one program and owner",
        idempotent=True,
        endpoints=(ADD_CONTACT,),
    ),
    Operation(
        message=LoyaltyExit,
        linger=0.5,
        batch_size=200,
        largest_batch=1000,
        ambiguous="resend",
        batching="one removeContact for all named contacts of one program and owner",
        idempotent=True,
        endpoints=(REMOVE_CONTACT,),
    ),
)
