"""Inspection: the state of the lanes, and what became of a message."""
