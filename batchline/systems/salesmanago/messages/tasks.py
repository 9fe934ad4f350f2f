"""Tasks of contacts: contact/updateTask, which adds, changes and deletes them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from batchline.systems.message import ApiModel, Message, Millis
from batchline.systems.salesmanago.messages.common import (
    Email,
    Flag,
    Name255,
    Text255,
    Text2048,
    checked_email,
    comma_separated,
    key_of,
)


def _addresses(listed: str) -> str:
    for one in filter(None, listed.split(",")):
        checked_email(one.strip())
    return listed


class Task(ApiModel):
    """contact/updateTask, smContactTaskReq: a task with `id`, or a new one.

    `note` has up to 2,048 characters, `cc` up to 255: addresses separated by commas, or a list.
    `date` is a datetime, date or UNIX ms. `reminder` says how long before it.
    """

    contact_email: Email | None = None
    id: Name255 | None = None
    note: Text2048 | None = None
    date: Millis | None = None
    cc: Annotated[Text255, BeforeValidator(comma_separated), AfterValidator(_addresses)] | None = (
        None
    )
    reminder: Literal["15_MIN", "30_MIN", "1_HOUR", "12_HOUR", "1_DAY", "1_WEEK"] | None = None
    realized: Flag | None = None


class TaskUpdate(Message):
    """Adds a contact's task, changes the one with `id`, or deletes it: contact/updateTask.

    A new task needs contactEmail, date and reminder. With `finished` the task is deleted, and only
    its id is needed. Messages about one id arrive in order. `Producer.api_id` gives the taskId.
    Raises pydantic's ValidationError for what breaks a documented limit.
    """

    operation: ClassVar[str] = "task.update"
    system: ClassVar[str] = "salesmanago"

    finished: Flag = Field(default=False)
    sm_contact_task_req: Task

    def contact_key(self) -> str:
        """The task where it is known, for its messages must not pass each other."""
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
