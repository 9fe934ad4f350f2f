"""One suite that every system's adapter passes; a system brings its cases, and nothing else.

    class TestAcme(SystemSuite):
        system = SystemCases(acme.SYSTEM, account={...}, cases=[...], answers=[...])

pytest collects it like any test class (docs/add-a-system.md). It needs pytest and hypothesis.
"""

from __future__ import annotations

from batchline.testing.conformance.bench import Bench
from batchline.testing.conformance.cases import Case, Meaning, Said, SystemCases
from batchline.testing.conformance.suite import SystemSuite

__all__ = ["Bench", "Case", "Meaning", "Said", "SystemCases", "SystemSuite"]
