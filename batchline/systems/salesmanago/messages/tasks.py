"""Tasks of contacts: contact/updateTask, which adds, changes and deletes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self, Unpack

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from batchline.systems.identified import Group, Identified
from batchline.systems.identifiers import checked_email
from batchline.systems.message import Message, Millis
from batchline.systems.salesmanago.messages.common import (
    Code255,
    Email,
    Flag,
    Text255,
    Text2048,
    Texts,
    comma_separated,
    each_cleaned,
    key_of,
)

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import TaskDict, TaskUpdateDict


def _addresses(listed: str) -> str:
    cleaned = each_cleaned(listed)
    for one in filter(None, cleaned.split(",")):
        checked_email(one.strip())
    return cleaned


class Task(Identified):
    """contact/updateTask, smContactTaskReq: the task with this `id`, or a new one.

    `note` has up to 2,048 characters. `cc` has addresses separated by commas, or as a list, up to
    255 characters. `date` is a datetime, date or UNIX ms; `reminder` is the time before it.
    """

    identifiers: ClassVar[tuple[Group, ...]] = (("contact_email", "id"),)

    contact_email: Email | None = None
    id: Code255 | None = None
    note: Text2048 | None = None
    date: Millis | None = None
    cc: (
        Annotated[
            Text255,
            BeforeValidator(comma_separated, json_schema_input_type=Texts),
            AfterValidator(_addresses),
        ]
        | None
    ) = None
    reminder: Literal["15_MIN", "30_MIN", "1_HOUR", "12_HOUR", "1_DAY", "1_WEEK"] | None = None
    realized: Flag | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[TaskDict]) -> None: ...


class TaskUpdate(Message):
    """Adds a contact's task, changes the one with `id`, or deletes it: contact/updateTask.

    A new task needs contactEmail, date and reminder. With `finished` the task is deleted, and only
    its id is needed. Messages about one id arrive in order. `Producer.api_id` returns the taskId.
    Raises pydantic's ValidationError for a value that breaks a documented limit.
    """

    operation: ClassVar[str] = "task.update"
    system: ClassVar[str] = "salesmanago"

    finished: Flag = Field(default=False)
    sm_contact_task_req: Task

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[TaskUpdateDict]) -> None: ...

    def contact_key(self) -> str:
        """The key of a task with an id, so that its messages stay in order; else the contact's."""
        task = self.sm_contact_task_req
        return f"task:{task.id}" if task.id else key_of(None, task.contact_email)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        task = self.sm_contact_task_req
        if self.finished and task.id is None:
            raise ValueError("smContactTaskReq.id: needed with finished (contact/updateTask)")
        if task.id is None and None in (task.contact_email, task.date, task.reminder):
            raise ValueError(
                "smContactTaskReq: a new task needs contactEmail, date and reminder "
                "(contact/updateTask)"
            )
        return self
