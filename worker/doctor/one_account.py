"""The check of one account that a person asks for: the way to its API, and one question to it.

One at a time for each account, whoever asks: several dashboards may serve the same store.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from batchline.producers.settings import Settings
from batchline.systems import api_text
from batchline.systems.account import BaseAccount
from batchline.systems.errors import BatchlineError
from batchline.worker.doctor import accounts, way
from batchline.worker.doctor.accounts import Part
from batchline.worker.doctor.finding import Finding
from batchline.worker.inspection import checked
from batchline.worker.inspection.checked import Checked, Told
from batchline.worker.store import acts
from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store

BEGIN = Script("begin_check")
END = Script("end_check")
#: Seconds that a check lasts at most beside its request: for the name, and the machine.
MARGIN = 60.0


class UnderWay(BatchlineError):
    """The account is being checked: wait until that is over."""


def check(store: Store, settings: Settings, name: str, who: str) -> Checked:
    """Check the account, and keep what came of it, without secrets.

    The act is written before the API is asked. Raises UnderWay while another checks it.
    """
    account, began = settings.account(name), time.monotonic()
    secrets = account.secret_texts()

    def safe(text: str) -> str:
        return api_text.without_secrets(text, secrets)

    with _alone(store, name, longest(account)):
        acts.write(store, who, "checked", name)
        found = [
            Told(part, one.mark, safe(one.text), safe(one.fix))
            for part, one in _look(settings, name)
        ]
        return checked.keep(store, name, who, round(1000 * (time.monotonic() - began)), found)


def longest(account: BaseAccount) -> float:
    """The seconds after which a check of it is over for certain."""
    timeout = account.timeout
    # The handshake and the request connect, each on its own.
    return accounts.WAIT + 2 * timeout.connect + timeout.read + MARGIN


@contextmanager
def _alone(store: Store, name: str, seconds: float) -> Iterator[None]:
    keys, token = [store.keys.checking(name)], uuid.uuid4().hex
    if not BEGIN(store, keys, [token, round(seconds * 1000)]):
        raise UnderWay(f"{name} is being checked just now.")
    try:
        yield
    finally:
        END(store, keys, [token])


def _look(settings: Settings, name: str) -> Iterator[tuple[Part, Finding]]:
    yield from way.look(settings.account(name))
    yield from accounts.parts(settings, name)
