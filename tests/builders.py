"""Messages, runs and settings as tests need them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from batchline.systems.columns import Columns, Run
from batchline.systems.message import Message
from batchline.systems.salesmanago.messages import ContactUpsert, ExternalEvent

ANN = "ann@shop.example"


def contact(email, **fields):
    return ContactUpsert.model_validate({"contact": {"email": email}, **fields})


def event(number, email=ANN, **fields):
    return ExternalEvent.model_validate(
        {
            "email": email,
            "contactEvent": {
                "date": datetime.now(UTC),
                "contactExtEventType": "PURCHASE",
                "externalId": f"order-{number}",
                **fields,
            },
        }
    )


def run_of(messages: Sequence[Message], lane: str = "") -> Run:
    """Messages of one lane as a worker reads what a producer has stored."""
    rows = [(one.contact_key(), one.options(), one.payload()) for one in messages]
    return Columns.of(lane or (messages[0].lane_operation() if messages else ""), rows).all()


def applied(stack, operation):
    """The items of an operation that took effect at the sandbox, by their ids there."""
    return [
        row["id"] for row in stack.sandbox.control.ledger(operation=operation) if row["applied"]
    ]


def introduced(stack, *emails):
    """Contacts that exist, and a worker."""
    worker = stack.worker("first")
    with stack.producer() as producer:
        producer.send_many([contact(email) for email in emails or (ANN,)])
    stack.until_at_rest()
    return worker


def lose_answer(stack, fault, path="/api/contact/batchAdd*"):
    """The next request to that path takes effect, and its answer is lost by that fault."""
    fields = {"kind": fault} if isinstance(fault, str) else dict(fault)
    stack.sandbox.control.fault(
        fields.pop("kind"), {"path": path}, times=1, after_apply=True, **fields
    )
