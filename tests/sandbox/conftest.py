"""One sandbox process for all of these tests, with everything forgotten between them."""

import pytest
import requests

from batchline.sandbox.esputnik.auth import KEY
from batchline.sandbox.runner import Sandbox
from batchline.sandbox.salesmanago.auth import Client, sha
from batchline.sandbox.smartsender.methods import TOKEN
from tests.waiting import PATIENCE, until

API_KEY = "any-random-string"
NOW = 1_700_000_000_000


class SalesManagoCaller:
    """Calls methods as the documents' samples do; what a test gives replaces the usual."""

    def __init__(self, url, control, client):
        self.url = url
        self.control = control
        self.client = client
        self.session = requests.Session()

    def body(self, **fields):
        sent = {
            "clientId": self.client.client_id,
            "apiKey": API_KEY,
            "requestTime": NOW,
            "sha": sha(API_KEY, self.client.client_id, self.client.api_secret),
            "owner": min(self.client.owners),
        }
        sent.update(fields)
        return {name: value for name, value in sent.items() if value is not ...}

    def send(self, method, timeout=PATIENCE, **fields):
        return self.session.post(
            f"{self.url}/api/{method}", json=self.body(**fields), timeout=timeout
        )

    def post(self, method, **fields):
        return self.send(method, **fields).json()

    def create(self, *emails):
        """Contacts that are there at once."""
        for email in emails:
            assert self.post("contact/upsert", contact={"email": email}, **{"async": False})[
                "success"
            ]

    def upsert(self, **item):
        item.setdefault("contact", {"email": "ann@shop.example"})
        return self.post("contact/upsert", **{"async": False, **item})

    def batch(self, *items, **options):
        return self.post("contact/batchupsertv2", upsertDetails=list(items), **options)

    def events(self, *events, **options):
        return self.post("contact/batchAddContactExtEvent", events=list(events), **options)

    def result_file(self, request_id):
        """The content of a job's file, once it is there."""
        url = until(
            lambda: self.post("job/status", requestId=request_id).get("fileUrl"), "the job ends"
        )
        return requests.get(url, timeout=PATIENCE).json()


class EsputnikCaller:
    """Calls eSputnik's methods as the documents' samples do."""

    def __init__(self, url, control):
        self.url = url
        self.control = control
        self.session = requests.Session()
        self.session.auth = ("anybody", KEY)

    def send(self, method, path, body=None, timeout=PATIENCE, **request):
        url = f"{self.url}/api/{path}"
        return self.session.request(method, url, json=body, timeout=timeout, **request)

    def post(self, path, **body):
        answer = self.send("POST", path, body)
        assert answer.status_code == 200, answer.text
        return answer

    def contact(self, email, **fields):
        """The body of a contact."""
        return {"channels": [{"type": "email", "value": email}], **fields}

    def add(self, email, **fields):
        """A contact that is there at once; its id."""
        return self.post("v1/contact", **self.contact(email, **fields)).json()["id"]

    def bulk(self, *contacts, **options):
        return self.post(
            "v1/contacts", contacts=list(contacts), **{"dedupeOn": "email", **options}
        ).json()

    def found(self, email):
        return self.control.esputnik.contact(email)

    def outcomes(self, operation):
        return [row["outcome"] for row in self.control.ledger(operation=operation)]


class SmartsenderCaller:
    """Calls Smart Sender's methods with the project's token."""

    def __init__(self, url, control):
        self.url = url
        self.control = control
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"

    def send(self, method, path, body=None, timeout=PATIENCE, **request):
        url = f"{self.url}/v1/{path}"
        return self.session.request(method, url, json=body, timeout=timeout, **request)

    def error(self, method, path, body=None, **request):
        """Status, code and words of an error."""
        answer = self.send(method, path, body, **request)
        told = answer.json()["error"]
        assert answer.status_code == told["code"]
        return told["code"], told["message"]

    def done(self, method, path, body=None):
        assert self.send(method, path, body).json() == {"state": True}

    def found(self, contact):
        return self.control.smartsender.contact(contact)

    def rows(self, operation):
        """Id and outcome of each item."""
        return [(row["id"], row["outcome"]) for row in self.control.ledger(operation=operation)]


def make_event(email="ann@shop.example", external_id="order-1", **fields):
    event = {"date": NOW, "contactExtEventType": "PURCHASE", "externalId": external_id, **fields}
    return {"email": email, "contactEvent": {k: v for k, v in event.items() if v is not ...}}


@pytest.fixture
def event():
    return make_event


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory):
    log = tmp_path_factory.mktemp("sandbox") / "sandbox.log"
    with Sandbox(client=Client(), log=log, create_delay=0) as sandbox:
        yield sandbox
    assert log.read_text() == "", "the sandbox complained"


@pytest.fixture
def control(running_sandbox):
    running_sandbox.control.reset()
    return running_sandbox.control


@pytest.fixture
def api(running_sandbox, control):
    caller = SalesManagoCaller(running_sandbox.url, control, running_sandbox.client)
    with caller.session:
        yield caller


@pytest.fixture
def esputnik(running_sandbox, control):
    caller = EsputnikCaller(running_sandbox.url, control)
    with caller.session:
        yield caller


@pytest.fixture
def smartsender(running_sandbox, control):
    caller = SmartsenderCaller(running_sandbox.url, control)
    with caller.session:
        yield caller
