"""The conformance suite, which every system's adapter passes; a system brings only its cases.

    class TestAcme(SystemSuite):
        system = SystemCases(acme.SYSTEM, account={...}, cases=[...], answers=[...])

pytest collects it like any test class (docs/add-a-system.md). The suite needs pytest and
hypothesis.
"""

from __future__ import annotations

from batchline.testing.conformance.bench import Bench
from batchline.testing.conformance.cases import Answer, Case, Meaning, SystemCases
from batchline.testing.conformance.suite import SystemSuite

__all__ = ["Answer", "Bench", "Case", "Meaning", "SystemCases", "SystemSuite"]
