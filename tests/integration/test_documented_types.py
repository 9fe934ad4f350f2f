"""The documents' examples pass strict type checkers, which have no plug-in for pydantic."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What an application imports; the parts of a system, and of its tests, import others.
OF_AN_APPLICATION = re.compile(
    r"^(import batchline$|from batchline(\.salesmanago)? import )", re.MULTILINE
)

#: Packages that the documents' code uses and that are not installed.
STUBS = {
    "django/__init__.pyi": "",
    "django/db/__init__.pyi": "from . import transaction as transaction",
    "django/db/transaction.pyi": """
from collections.abc import Callable
from contextlib import AbstractContextManager

def atomic() -> AbstractContextManager[None]: ...
def on_commit(func: Callable[[], object]) -> None: ...
""",
}
#: Code that an application may write beside the examples.
ACCEPTED = """
import datetime
from decimal import Decimal

from batchline import Contact, Event, Outgoing, Producer, esputnik, salesmanago, smartsender

NOW = datetime.datetime.now(datetime.timezone.utc)
CONTACT = salesmanago.Contact(email="ann@shop.example", address={"city": "Lviv"})


def nested() -> None:
    salesmanago.ContactUpsert(
        contact=CONTACT,
        tags=("VIP",),
        birthday=datetime.date(1990, 2, 3),
        consent_details=[{"consent_name": "terms", "agreement_date": NOW}],
        dictionary_properties=[
            salesmanago.DictionaryProperty(name="birth", type="DATE", value=datetime.date.today()),
            {"name": "size", "type": "NUMBER", "value": 41},
        ],
    )
    event: dict[str, str] = {"channel": "CART"}
    salesmanago.ExternalEvent(
        email="ann@shop.example",
        contact_event={
            "contact_ext_event_type": "CART",
            "value": Decimal("9.90"),
            "date": NOW,
            "products": ["p1", 2],
            "detail1": event["channel"],
        },
    )
    salesmanago.EmailSending(
        email_id="1a2b",
        contacts=[{"addressee_type": "EMAIL", "value": ["a@b.pl"], "properties": {"size": "M"}}],
    )
    salesmanago.CustomPush(application_id="app", email="a@b.pl", title="Hello", deeplink="app://")
    esputnik.ContactUpsert(
        channels=[{"type": "email", "value": "ann@shop.example"}], address={"town": "Lviv"}
    )
    esputnik.EventV2(event_type_key="paid", params=[{"name": "Total", "value": {"sum": 9.9}}])
    smartsender.ContactUpdate(contact_id=17, values={"size": 41, "club": True})
    sizes: dict[str, int] = {"shoe_size": 41}
    Contact(email="ann@shop.example", birthday="1990-02-03", tags=("VIP",), fields=sizes)
    Event(type="CART", email="ann@shop.example", time=NOW.isoformat(), value=Decimal("9.90"))


def mixed(producer: Producer) -> list[str]:
    messages = [Contact(email="ann@shop.example"), salesmanago.ContactUpsert(contact=CONTACT)]
    for answer in producer.send_many(messages):
        print(answer if isinstance(answer, str) else answer["default"])
    for message in messages:
        producer.send(message, account="default")
    outgoing = [
        Outgoing(salesmanago.ContactUpsert(contact=CONTACT), idempotency_key="a"),
        Outgoing(Contact(email="ann@shop.example"), "es", "b"),
    ]
    ids: list[str] = producer.send_many(messages, account="default")
    return ids + producer.send_all(outgoing)


def built(producer: Producer) -> None:
    event: salesmanago.ExternalEvent = salesmanago.add_external_event.build(
        "ann@shop.example", "PURCHASE", value=Decimal("19.99"), products=["p1"], detail3="card"
    )
    sent: str = producer.send(event, delay=datetime.timedelta(minutes=1))
    salesmanago.upsert_contact(
        "ann@shop.example", address={"zip_code": "1"}, state="CUSTOMER", producer=producer, at=NOW
    )
    contact_id: str = salesmanago.upsert_contact_and_wait("ann@shop.example", wait=1.5, name=sent)
    print(contact_id)
"""
#: Mistakes, one to a line, which both checkers find.
REFUSED = """
from batchline import Contact, salesmanago

salesmanago.upsert_contact("ann@shop.example", nmae="Ann")
salesmanago.upsert_contact.build("ann@shop.example", idempotency_key="a")
salesmanago.upsert_contact("ann@shop.example", tags="VIP")
salesmanago.upsert_contact_and_wait("ann@shop.example", delay=5)
salesmanago.ContactUpsert(contact={"emial": "ann@shop.example"})
salesmanago.ContactUpsert(tags=["VIP"])
salesmanago.ExternalEvent(contact_event={"products": ["p1"]})
Contact(email="ann@shop.example", frist_name="Ann")
Contact(email="ann@shop.example", tags="VIP")
"""


def applications() -> dict[str, str]:
    """Every block of an application, under the name of its document and its number there."""
    found = {}
    for document in DOCUMENTS:
        for number, block in enumerate(BLOCK.findall(document.read_text()), 1):
            if OF_AN_APPLICATION.search(block):
                found[f"{document.stem.replace('-', '_')}_{number}.py"] = block
    return found


def mypy(folder):
    (folder / "mypy.ini").write_text("[mypy]\n")  # else the project's own, with the plug-in
    options = ["--strict", "--no-error-summary", "--config-file", "mypy.ini"]
    cache = ["--cache-dir", str(ROOT / ".mypy_cache" / "documents")]
    done = run(folder, "mypy", *options, *cache, ".")
    return re.findall(r"^(\S+):(\d+): error: (.*)$", done.stdout, re.MULTILINE), done


def pyright(folder):
    pytest.importorskip("pyright")
    options = {"typeCheckingMode": "strict", "pythonVersion": "3.11"}
    options["extraPaths"] = [str(ROOT), str(ROOT / "examples" / "brevo")]
    (folder / "pyrightconfig.json").write_text(json.dumps(options))
    done = run(folder, "pyright", "--outputjson", "--pythonpath", sys.executable)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return [
        (Path(one["file"]).name, str(one["range"]["start"]["line"] + 1), one["message"])
        for one in found
        if one["severity"] == "error"
    ], done


def run(folder, module, *arguments):
    paths = os.pathsep.join([str(ROOT), str(ROOT / "examples" / "brevo")])
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, "MYPYPATH": paths, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_documents_with_code_of_applications_are_among_them():
    names = {name.rpartition("_")[0] for name in applications()}
    assert names >= {"README", "add_a_system", "messages", "routes", "settings"}


@pytest.mark.parametrize("check", [mypy, pyright])
def test_the_documents_code_of_applications_passes_a_strict_type_checker(check, tmp_path):
    beside = {**STUBS, "accepted.py": ACCEPTED, "refused.py": REFUSED}
    for name, text in {**applications(), **beside}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found, done = check(tmp_path)
    wrong = [one for one in found if one[0] != "refused.py"]
    assert not wrong, done.stdout + done.stderr
    lines = {int(line) for name, line, _ in found if name == "refused.py"}
    assert lines == set(range(4, len(REFUSED.splitlines()) + 1)), found
