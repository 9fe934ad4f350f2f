"""Types of external events (contactExtEventType): the known ones, and a warning for others."""

from __future__ import annotations

import difflib
import re
import warnings
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

from batchline.systems.callers import callers_level
from batchline.systems.salesmanago.messages.common import Name255

#: Types in the documents (v2/contact/updateContactExtEvent); PURCHASE and CART feed analytics.
DOCUMENTED = (
    "PURCHASE",
    "CART",
    "VISIT",
    "PHONE_CALL",
    "OTHER",
    "RESERVATION",
    "CANCELLED",
    "ACTIVATION",
    "MEETING",
    "OFFER",
    "DOWNLOAD",
    "LOGIN",
    "TRANSACTION",
)
#: Types in the vendor's own SDK and in the other published clients.
IN_THE_SDK = (
    "CANCELLATION",
    "RETURN",
    "SURVEY",
    "APP_STATUS",
    "APP_TYPE_WEB",
    "APP_TYPE_MANUAL",
    "APP_TYPE_RETENTION",
    "APP_TYPE_UPSALE",
    "LOAN_STATUS",
    "LOAN_ORDER",
    "FIRST_LOAN",
    "REPEATED_LOAN",
)
#: Types in one published client, of 2023.
IN_ONE_CLIENT = (
    "PACKED",
    "PRINTED_OUT",
    "PARTIALLY_REFUNDED",
    "PENDING",
    "READY_FOR_PICKUP",
    "FULLY_REFUNDED",
    "FULLY_PICKED",
    "PARTIALLY_PICKED",
    "SENT_COMPLETE",
    "UPDATE",
    "ENGAGEMENT",
)
EVENT_TYPES = frozenset(DOCUMENTED + IN_THE_SDK + IN_ONE_CLIENT)


class UnknownEventType(UserWarning):
    """An event's type is in no known list of SALESmanago's: it may be new, or misspelt."""


@lru_cache(maxsize=256)
def _unknown(name: str) -> str:
    nearest = difflib.get_close_matches(name, sorted(EVENT_TYPES), n=1, cutoff=0)[0]
    return f"{name} is no known contactExtEventType of SALESmanago; the nearest is {nearest}"


def _checked(name: str) -> str:
    if name in EVENT_TYPES:
        return name
    if not re.fullmatch("[A-Z][A-Z0-9_]*", name):
        raise ValueError("must be capital letters, digits and _, such as PURCHASE")
    warnings.warn(UnknownEventType(_unknown(name)), stacklevel=callers_level())
    return name


#: A name in capitals, up to 255 characters; a name that is not in `EVENT_TYPES` causes a warning.
EventType = Annotated[Name255, AfterValidator(_checked)]
