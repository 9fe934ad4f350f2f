"""Systems: a typical operation of each API that Batchline speaks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from batchline.systems.esputnik.messages import ContactUpsert as EsputnikUpsert
from batchline.systems.message import Message
from batchline.systems.salesmanago.messages import ExternalEvent
from batchline.systems.salesmanago_mobile.messages import MobileContact
from batchline.systems.smartsender.messages import ContactUpdate
from tests.bench import payload, roles
from tests.bench.batchline import BACKLOG_LIMIT, CREDENTIALS, BatchlineLoad, chunks
from tests.bench.measurement import Column, Measurement, Round
from tests.bench.run import Run
from tests.bench.sink import Role

#: Above anything that a worker can send: the worker is measured, not the limit.
NO_LIMIT_PER_MINUTE = 10_000_000


@dataclass(frozen=True)
class Operation:
    """One operation, the messages it is measured with, and the account that sends them."""

    message: type[Message]
    #: Number -> fields of a message; each number is about another contact.
    fields: Callable[[int], dict[str, Any]]
    role: Role
    #: Messages in a full run.
    size: int
    #: The account's credentials and limits.
    settings: Mapping[str, Any]

    @property
    def row(self) -> str:
        return f"{self.message.system} {self.message.operation}"

    def account(self, url: str) -> Mapping[str, Any]:
        """The settings of an account whose API is at `url`."""
        operations = {self.message.operation: {"backlog_limit": BACKLOG_LIMIT}}
        system = self.message.system
        return {"system": system, "url": url, "operations": operations, **self.settings}

    def messages(self, n: int) -> Iterator[list[Message]]:
        """`n` messages in chunks for `send_many`."""
        return chunks(self.message.model_validate(self.fields(number)) for number in range(n))


def _mobile_contact(number: int) -> dict[str, Any]:
    return {
        "pushRegistrationId": f"{number:08x}".ljust(160, "x"),
        "applicationSimpleId": "shop_app",
        "system": "ANDROID",
        "systemVersion": "13",
        "deviceModel": "Samsung",
        "email": f"customer{number}@shop.example.com",
        "timezone": "Europe/Warsaw",
        "locale": "pl_PL",
    }


def _esputnik_contact(number: int) -> dict[str, Any]:
    return {
        "channels": [
            {"type": "email", "value": f"customer{number}@shop.example.com"},
            {"type": "sms", "value": f"380{number:09d}"},
        ],
        "firstName": "Ann",
        "lastName": f"Customer {number}",
        "address": {"town": "Kyiv", "address": f"First str. {number}", "postcode": "01001"},
        "fields": [{"id": 12345, "value": str(number)}],
        "groupNames": ["Customers"],
    }


def _smartsender_update(number: int) -> dict[str, Any]:
    values = {"email": f"customer{number}@shop.example.com", "points": number, "vip": True}
    return {"contactId": str(number + 1), "values": values}


OPERATIONS = (
    Operation(
        ExternalEvent,
        payload.event,
        roles.EVENTS,
        100_000,
        {**CREDENTIALS, "owner": "admin@vendor.pl"},
    ),
    Operation(MobileContact, _mobile_contact, roles.MOBILE_CONTACTS, 5_000, CREDENTIALS),
    Operation(
        EsputnikUpsert,
        _esputnik_contact,
        roles.ESPUTNIK_CONTACTS,
        60_000,
        {"api_key": "bench-key"},
    ),
    Operation(
        ContactUpdate,
        _smartsender_update,
        roles.SMARTSENDER_UPDATES,
        5_000,
        {"token": "bench-token", "limits": {"per_minute": NO_LIMIT_PER_MINUTE}},
    ),
)


class Systems(Measurement):
    """One row per system; the sink answers as the API of each does."""

    name = "systems"
    title = "Systems"
    text = (
        "One worker delivers a typical operation of each system. How many messages share a "
        "request is up to the API: some take a thousand or more, others one. Smart Sender's "
        "limit of 180 requests a minute is raised in the account's settings, so that the worker "
        "is measured and not the limit."
    )
    columns = (Column("messages/s"), Column("requests/s", 1), Column("messages per request", 1))

    def round(self, run: Run) -> Round:
        return {operation.row: _measured(run, operation) for operation in OPERATIONS}


def _measured(run: Run, operation: Operation) -> tuple[float, float, float]:
    load = BatchlineLoad(
        operation.row,
        run.size(operation.size),
        account=operation.account,
        source=operation.messages,
        role=operation.role,
    )
    drained = run.drain(load)
    messages, requests = drained.messages_per_second(), drained.requests_per_second()
    return messages, requests, load.messages / len(drained.counts)
