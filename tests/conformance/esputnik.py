"""What eSputnik brings to the conformance suite."""

from __future__ import annotations

from batchline.systems.esputnik import SYSTEM
from batchline.testing.conformance import Said, SystemCases
from tests.conformance import esputnik_contacts, esputnik_sends

#: Answers that any method may give.
ANSWERS = [
    Said("HTTP 401", "account", {"status": 401}, 401),
    Said("status 401 inside a 200", "account", {"status": 401}),
    Said("HTTP 400, words as plain text", "refused", b"Bad e-mail", 400, detail="Bad e-mail"),
    Said("HTTP 400, words as JSON", "refused", {"message": "Bad"}, 400, detail="Bad"),
    Said("HTTP 400, no words", "refused", b"", 400, detail="HTTP 400"),
    Said("errorMessage inside a 200", "refused", {"errorMessage": "no"}, detail="no"),
    Said("no JSON", "ambiguous", b"<html>maintenance</html>"),
    Said("a number", "ambiguous", b"7"),
    Said("half an answer", "ambiguous", b'{"id": '),
    Said("HTTP 503", "failed", b"", 503),
    Said("HTTP 500", "ambiguous", b"", 500),
    Said("HTTP 429", "failed", b"", 429),
]

CASES = SystemCases(
    SYSTEM,
    {"api_key": "SECRET-key"},
    [*esputnik_contacts.CASES, *esputnik_sends.CASES],
    ANSWERS,
)
