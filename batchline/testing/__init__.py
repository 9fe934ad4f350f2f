"""What others test their side with: `conformance` for systems of their own."""

from __future__ import annotations

import pytest

# Before it is imported: then its asserts say what they compared, in other projects too.
pytest.register_assert_rewrite("batchline.testing.conformance.suite")
