"""What smartsender brings to the conformance suite."""

from __future__ import annotations

from tests.conformance.cases import SystemCases

CASES = SystemCases("smartsender", {"token": "SECRET-token"}, [])
