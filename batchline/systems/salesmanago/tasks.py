"""Tasks of contacts: contact/updateTask."""

from __future__ import annotations

from batchline.systems.operation import Operation
from batchline.systems.planning import each_alone
from batchline.systems.salesmanago.endpoints import delivered_with, endpoint
from batchline.systems.salesmanago.messages.tasks import TaskUpdate

UPDATE = endpoint("/api/contact/updateTask", judge=delivered_with("taskId"))

OPERATIONS = (
    Operation(
        message=TaskUpdate,
        linger=0.1,
        batch_size=50,
        largest_batch=200,
        ambiguous="hold",
        batching="one updateTask each, `parallel` at a time; a task's updates in order",
        idempotent=False,
        endpoints=(UPDATE,),
        plan=each_alone(UPDATE),
    ),
)
