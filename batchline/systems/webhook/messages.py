"""The message of a webhook: one result."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from batchline.systems.message import Message


class ResultPost(Message):
    """What became of a message, as `batchline.results` gives it.

    `at` is UNIX ms. `number` grows with each result, and is the same when one is sent again.
    """

    model_config = ConfigDict(alias_generator=None)

    operation: ClassVar[str] = "result.post"
    system: ClassVar[str] = "webhook"

    message_id: Annotated[str, Field(min_length=1)]
    outcome: Annotated[str, Field(min_length=1)]
    reason: str = ""
    detail: str = ""
    account: str
    #: The operation of the message that the result is about.
    operation_: Annotated[str, Field(alias="operation")]
    contact: str = ""
    idempotency_key: str | None = None
    at: Annotated[int, Field(ge=0)]
    number: Annotated[int, Field(ge=0)]

    def payload(self) -> bytes:
        """The result with all its fields: a key that there is not is null."""
        return self.__pydantic_serializer__.to_json(self, by_alias=True)

    def contact_key(self) -> str:
        return self.contact
