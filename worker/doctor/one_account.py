"""The check of one account that a person asks for: the way to its API, and one question to it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from batchline.producers.settings import Settings
from batchline.systems import api_text
from batchline.worker.doctor import accounts, way
from batchline.worker.doctor.accounts import Part
from batchline.worker.doctor.finding import Finding
from batchline.worker.inspection import checked
from batchline.worker.inspection.checked import Checked, Told
from batchline.worker.store import acts
from batchline.worker.store.store import Store


def check(store: Store, settings: Settings, name: str, who: str) -> Checked:
    """Check the account, and keep what came of it, without secrets. The act is written first."""
    secrets, began = settings.account(name).secret_texts(), time.monotonic()

    def safe(text: str) -> str:
        return api_text.without_secrets(text, secrets)

    acts.write(store, who, "checked", name)
    found = [
        Told(part, one.mark, safe(one.text), safe(one.fix)) for part, one in _look(settings, name)
    ]
    return checked.keep(store, name, who, round(1000 * (time.monotonic() - began)), found)


def _look(settings: Settings, name: str) -> Iterator[tuple[Part, Finding]]:
    yield from way.look(settings.account(name))
    yield from accounts.parts(settings, name)
