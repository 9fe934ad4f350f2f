"""Troubles: their kinds, which of them last, and the words by which people are told."""
