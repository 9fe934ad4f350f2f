"""Tests for other projects: `conformance` is the suite for systems of their own."""

from __future__ import annotations

import pytest

# Before the import of the suite, so that its asserts show the compared values in other projects
# too.
pytest.register_assert_rewrite("batchline.testing.conformance.suite")
