"""The helpers that send something to one contact: a push, an e-mail, a text message."""

from __future__ import annotations

from typing import Any, Unpack

from batchline.producers.producer import Producer
from batchline.producers.salesmanago import fields
from batchline.producers.salesmanago.helper import addressed, build_and_send, built_by
from batchline.systems.salesmanago.messages import EmailSending, Push, TextMessage


def _push(push_id: str, application_id: str, **given: Unpack[fields.PushFields]) -> Push:
    return Push(push_id=push_id, application_id=application_id, **given)


@built_by(_push)
def send_push(
    push_id: str,
    application_id: str,
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.PushOptions],
) -> str:
    """Send an existing push to one contact: exactly one of the three identifiers. See `Push`."""
    return build_and_send(_push, producer, given, push_id, application_id)


def _email(
    email_id: str, email: str | None = None, **given: Unpack[fields.EmailFields]
) -> EmailSending:
    contact, rest = addressed(email, given, "properties")
    values: dict[str, Any] = {"contacts": [contact], **rest}
    return EmailSending(email_id=email_id, **values)


@built_by(_email)
def send_email(
    email_id: str,
    email: str | None = None,
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.EmailOptions],
) -> str:
    """Send an existing e-mail to one contact, at once if no `date` is given: `EmailSending`."""
    return build_and_send(_email, producer, given, email_id, email)


def _text_message(
    name: str, email: str | None = None, **given: Unpack[fields.TextMessageFields]
) -> TextMessage:
    contact, rest = addressed(email, given)
    values: dict[str, Any] = {"contacts": [contact], **rest}
    return TextMessage(name=name, **values)


@built_by(_text_message)
def send_message(
    name: str,
    email: str | None = None,
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.TextMessageOptions],
) -> str:
    """Send a text, or a template's text, to one contact: see `TextMessage`."""
    return build_and_send(_text_message, producer, given, name, email)
