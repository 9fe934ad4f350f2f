"""A shop that tells Brevo about its customers. `batchline.toml` has its account."""
# mypy: ignore-errors

from __future__ import annotations

from batchline_brevo import ContactUpsert, EventAdd, Identifiers

from batchline import Contact, Producer


def order_paid(producer: Producer, email: str, name: str, order: str, total: float) -> None:
    """Enqueue the contact and the event, and go on."""
    producer.send(ContactUpsert(email=email, attributes={"FIRSTNAME": name}, list_ids=[4]))
    event = EventAdd(
        event_name="order_paid",
        identifiers=Identifiers(email_id=email),
        event_properties={"order": order, "total": total},
    )
    producer.send(event, idempotency_key=f"paid-{order}")


if __name__ == "__main__":
    with Producer() as producer:
        order_paid(producer, "ann@shop.example", "Ann", "17", 19.99)
        order_paid(producer, "bob@shop.example", "Bob", "18", 5)
        order_paid(producer, "Ann@shop.example", "Anna", "19", 7.5)
        # A contact of no system goes to the accounts of its route.
        producer.send(Contact(email="eve@shop.example", first_name="Eve"))
