"""Which requests Smart Sender's operations become."""

from __future__ import annotations

import pytest

from batchline.testing.conformance import Bench
from tests.conformance.smartsender import CASES

BENCH = Bench(CASES)


def call(operation, **data):
    (request,) = BENCH.requests(operation, [data])
    return BENCH.call(request)


def test_the_token_is_sent_as_bearer():
    assert call("event.fire", contactId=1, name="x").headers["Authorization"] == (
        "Bearer SECRET-token"
    )


def test_the_body_is_the_payload_and_the_path_says_the_rest():
    sent = call("contact.update", contactId=1001, values={"a": 1, "b": "ł"})
    assert (sent.method, sent.url) == ("PUT", "https://api.smartsender.com/v1/contacts/1001")
    assert sent.body == '{"values":{"a":1,"b":"ł"}}'.encode()
    assert sent.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("operation", ["tag.add", "tag.remove"])
def test_where_no_body_is_documented_none_is_sent_and_no_type_of_it(operation):
    sent = call(operation, contactId=1, tagId=2)
    assert (sent.body, "Content-Type" in sent.headers) == (b"", False)


def test_what_stands_in_the_path_cannot_lead_to_another():
    sent = call("funnel.add_contact", contactId="a?b", serviceKey="c#d&e%2Ff\\{x}")
    path = sent.url.removeprefix("https://api.smartsender.com")
    assert path == "/v1/contacts/a%3Fb/funnels/c%23d%26e%252Ff%5C%7Bx%7D"


@pytest.mark.parametrize("operation", ["event.fire", "message.send"])
def test_what_is_for_one_contact_goes_one_after_the_other_and_others_beside_it(operation):
    data = next(case for case in CASES.cases if case.operation == operation).data
    contacts = ["1", "2", "1", "3", "1"]
    waves = BENCH.waves([(operation, {**data, "contactId": each}) for each in contacts])
    indexes = [[request.items[0].messages[0] for request in wave] for wave in waves]
    assert indexes == [[0, 1, 3], [2], [4]]


def test_unions_of_a_common_contact_go_one_after_the_other():
    pairs = [("1", "2"), ("3", "4"), ("5", "2"), ("2", "6")]
    waves = BENCH.waves(
        [("contact.unite", {"contactId": one, "targetId": other}) for one, other in pairs]
    )
    paths = [[request.path for request in wave] for wave in waves]
    assert paths == [
        ["/v1/contacts/1/unite/2", "/v1/contacts/3/unite/4"],
        ["/v1/contacts/5/unite/2"],
        ["/v1/contacts/2/unite/6"],
    ]
