"""What eSputnik brings to the conformance suite."""

from __future__ import annotations

from batchline.systems.esputnik import SYSTEM
from batchline.testing.conformance import Answer, SystemCases
from tests.conformance import esputnik_contacts, esputnik_sends

#: Answers that any method may give.
ANSWERS = [
    Answer("HTTP 401", "account", {"status": 401}, 401),
    Answer("status 401 inside a 200", "account", {"status": 401}),
    Answer("HTTP 400, words as plain text", "refused", b"Bad e-mail", 400, detail="Bad e-mail"),
    Answer("HTTP 400, words as JSON", "refused", {"message": "Bad"}, 400, detail="Bad"),
    Answer("HTTP 400, no words", "refused", b"", 400, detail="HTTP 400"),
    Answer("errorMessage inside a 200", "refused", {"errorMessage": "no"}, detail="no"),
    Answer("no JSON", "ambiguous", b"<html>maintenance</html>"),
    Answer("a number", "ambiguous", b"7"),
    Answer("half an answer", "ambiguous", b'{"id": '),
    Answer("HTTP 503", "failed", b"", 503),
    Answer("HTTP 500", "ambiguous", b"", 500),
    Answer("HTTP 429", "failed", b"", 429),
]

CASES = SystemCases(
    SYSTEM,
    {"api_key": "SECRET-key"},
    [*esputnik_contacts.CASES, *esputnik_sends.CASES],
    ANSWERS,
)
