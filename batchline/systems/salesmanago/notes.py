"""Notes on contacts: contact/addNote."""

from __future__ import annotations

from batchline.systems.operation import Operation
from batchline.systems.planning import each_alone
from batchline.systems.salesmanago.endpoints import endpoint, with_user
from batchline.systems.salesmanago.messages.notes import Note

ADD = endpoint("/api/contact/addNote", with_user("owner"))

OPERATIONS = (
    Operation(
        message=Note,
        linger=0.1,
        batch_size=50,
        largest_batch=200,
        ambiguous="hold",
        batching="one addNote each, `parallel` at a time; a contact's notes in order",
        idempotent=False,
        endpoints=(ADD,),
        plan=each_alone(ADD),
    ),
)
