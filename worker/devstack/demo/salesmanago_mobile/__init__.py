"""The demo of SALESmanago Mobile: users of an app, sent one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from batchline.producers import Message
from batchline.producers.outgoing import Copy
from batchline.sandbox.control_client import Control
from batchline.systems.salesmanago_mobile.messages import MobileContact
from batchline.worker.devstack.demo.profile import Profile, Sent, once


def _outgoing(messages: int, seed: int) -> list[Copy]:
    dice = random.Random(seed)  # noqa: S311 - a sample, not a secret
    return [
        Copy(_contact(number, dice), "default", idempotency_key=f"demo-{number}")
        for number in range(messages)
    ]


def _contact(number: int, dice: random.Random) -> MobileContact:
    return MobileContact(
        push_registration_id=f"token-{number}",
        application_simple_id="shop_app",
        system_=dice.choice(("ANDROID", "IOS")),
        email=f"customer{number}@shop.example",
        timezone="Europe/Warsaw",
        locale="pl_PL",
    )


def _unaccounted(control: Control, sent: Sequence[Sent], dead: set[str]) -> Iterator[str]:
    yield from once(control, sent, dead, "contact.create", _token)


def _token(message: Message) -> str:
    assert isinstance(message, MobileContact)
    return message.push_registration_id


PROFILE = Profile(
    system="salesmanago_mobile", messages=2_000, outgoing=_outgoing, unaccounted=_unaccounted
)
