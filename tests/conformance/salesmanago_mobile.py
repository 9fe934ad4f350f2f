"""What salesmanago_mobile brings to the conformance suite."""

from __future__ import annotations

from tests.conformance.cases import SystemCases

CASES = SystemCases(
    "salesmanago_mobile",
    {"client_id": "clientId", "api_key": "SECRET-any", "api_secret": "SECRET-secret"},
    [],
)
