"""The tables of Smart Sender: how neutral contacts and events become its own messages.

Smart Sender finds contacts by its own id alone: a field of yours must hold the id, with the target
`contact_id`. An event has a name and no other fields.
"""

from __future__ import annotations

from pydantic import TypeAdapter

from batchline.systems.mapping import forms
from batchline.systems.mapping.draft import at
from batchline.systems.mapping.targets import IGNORE, Argument, Kind, Table
from batchline.systems.smartsender.messages.common import Text
from batchline.systems.smartsender.messages.contacts import ContactUpdate, EventFire

CONTACT = Table(
    ContactUpdate,
    kinds={
        "contact_id": Kind(at("contactId")),
        "value": Kind(
            at("values", "{}", form=forms.value_or_plain_date),
            Argument("key of a variable or system field", ".+", may_be_name=True),
        ),
    },
    defaults={
        "email": "value:email",
        "phone": "value:phone",
        "first_name": "value:firstName",
        "last_name": "value:lastName",
    },
)

EVENT = Table(
    EventFire,
    kinds={"contact_id": Kind(at("contactId")), "type": Kind(at("name"))},
    defaults={
        "type": "type",
        "email": IGNORE,
        "phone": IGNORE,
        "contact_external_id": IGNORE,
        # Smart Sender starts an event when it arrives.
        "time": IGNORE,
    },
    event_type=TypeAdapter(Text),
)
