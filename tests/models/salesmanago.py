"""A small model of SALESmanago, and an adapter driven against it as a worker does it.

The model holds contacts and their events, answers as the documents say, and may work on the
requests of a wave in any order.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago import SYSTEM as SPEC
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.verdicts import Judged

SYSTEM = SPEC.adapter
ACCOUNT = SalesmanagoAccount.model_validate(
    {
        "system": "salesmanago",
        "url": "https://app2.example",
        "client_id": "c",
        "api_key": "k",
        "api_secret": "s",
        "owner": "admin@vendor.pl",
    }
)
OK = {"success": True, "message": []}


@dataclass
class Model:
    """Contacts by e-mail address, each with what was last written to it, and events."""

    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: eventId -> the event, with its contact as `email`.
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def deliver(self, lane: str, batch: Sequence[Item], backwards: bool = False) -> None:
        """Merge, plan, send and judge a batch; the requests of a wave in one order or the other."""
        merged = SYSTEM.merge(lane, batch)
        waves = SYSTEM.plan(merged, lane, ACCOUNT.operation(lane), ACCOUNT)
        while waves:
            wave = waves.pop(0)
            for request in reversed(wave) if backwards else wave:
                again = self._send(request)
                waves[:0] = SYSTEM.plan(again, lane, ACCOUNT.operation(lane), ACCOUNT)

    def _send(self, request) -> list[Item]:
        call = SYSTEM.call(request, ACCOUNT, 1.0)
        name = call.url.removeprefix("https://app2.example/api/")
        self.calls.append(name)
        answer = {**OK, **(getattr(self, name.replace("/", "_"))(json.loads(call.body)) or {})}
        outcome = SYSTEM.judge(
            request, HttpAnswer(200, {}, json.dumps(answer).encode()), ACCOUNT, 1
        )
        if not isinstance(outcome, Judged):
            return []
        return [
            Item(payload, item.contact, item.options, item.messages, item.operation)
            for index, item in enumerate(request.items)
            if (payload := outcome.again.get(index))
        ]

    # contacts

    def contact_batchupsertv2(self, body):
        for upsert in body["upsertDetails"]:
            known = self.contacts.setdefault(upsert["contact"]["email"], {"monitored": True})
            known.update(upsert.get("properties") or {})
            known["tags"] = {*known.get("tags", ()), *(upsert.get("tags") or ())}

    def contact_delete(self, body):
        self.contacts.pop(body["email"], None)

    def contact_batchDelete(self, body):
        for named in body["contacts"]:
            assert len(named["value"]) <= 255
            for value in named["value"].split(", "):
                for email in self._addressed(named["addresseeType"], value):
                    self.contacts.pop(email, None)

    def _addressed(self, kind, value):
        if kind == "EMAIL":
            return [value]
        return [email for email, known in self.contacts.items() if value in known.get("tags", ())]

    def contact_setMainOwner(self, body):
        if body["contact"] not in self.contacts:
            return {"success": False, "message": ["no such contact"]}
        self.contacts[body["contact"]]["owner"] = body["newOwner"]
        return {}

    def contact_stopMonitoring(self, body):
        self._monitor(body, False)

    def contact_restoreMonitoring(self, body):
        self._monitor(body, True)

    def _monitor(self, body, monitored):
        for named in body["contacts"]:
            if named["value"] in self.contacts:
                self.contacts[named["value"]]["monitored"] = monitored

    # events

    def contact_batchAddContactExtEvent(self, body):
        for one in body["events"]:
            self.add(one)
        return {"failedContacts": [], "createdAmount": len(body["events"]), "failedAmount": 0}

    def v2_contact_addContactExtEvent(self, body):
        return {"eventId": self.add(body)}

    def add(self, one) -> str:
        event_id = f"e{len(self.calls)}-{len(self.events)}"
        self.events[event_id] = {**one["contactEvent"], "email": one["email"]}
        return event_id

    def v2_contact_updateContactExtEvent(self, body):
        event = body["contactEvent"]
        known = self.events.get(event.pop("eventId"))
        if known is None:
            return {"success": False, "message": ["no such event"]}
        email = known["email"]
        known.clear()
        known.update(event, email=email)
        return {}

    def v2_contact_deleteContactExtEvent(self, body):
        for event_id, event in list(self.events.items()):
            by_id = "eventId" in body
            if body["eventId"] == event_id if by_id else body["externalId"] == event["externalId"]:
                del self.events[event_id]

    def contact_list(self, body):
        return {
            "contacts": [
                {
                    "email": email,
                    "contactExtEvents": [
                        {
                            "eventId": event_id,
                            "externalId": event["externalId"],
                            "date": event["date"],
                        }
                        for event_id, event in self.events.items()
                        if event["email"] == email
                    ],
                }
                for email in body["email"]
            ]
        }
