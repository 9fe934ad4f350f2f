"""Types of external events (contactExtEventType): the known ones, and a warning for others.

A type is looked at where its account is known, which may have more types (`known_event_types`).
"""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Collection
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


#: Account and type of each warning of this process.
_WARNED: set[tuple[str, str]] = set()


def warn_of_unknown(name: str, account: str, known: Collection[str], where: str = "") -> None:
    """Warn of a type that is neither in `EVENT_TYPES` nor known to the account: once in a process.

    `where`: the setting that names the type, if it is one.
    """
    if name in EVENT_TYPES or name in known or (account, name) in _WARNED:
        return
    _WARNED.add((account, name))
    nearest = difflib.get_close_matches(name, sorted(EVENT_TYPES), n=1, cutoff=0)[0]
    listed = ", ".join(f'"{one}"' for one in (*known, name))
    text = (
        f"{where or f'account {account!r}'}: {name} is no known contactExtEventType of "
        f"SALESmanago; the nearest is {nearest}. If it is one of the account's, say so: "
        f"known_event_types = [{listed}] in [accounts.{account}]"
    )
    warnings.warn(UnknownEventType(text), stacklevel=callers_level())


def _checked(name: str) -> str:
    if name not in EVENT_TYPES and not re.fullmatch("[A-Z][A-Z0-9_]*", name):
        raise ValueError("must be capital letters, digits and _, such as PURCHASE")
    return name


#: A name in capitals, up to 255 characters.
EventType = Annotated[Name255, AfterValidator(_checked)]
