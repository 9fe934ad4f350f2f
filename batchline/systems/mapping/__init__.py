"""Mapping of neutral messages to a system's own: the tables' grammar, and the forms of values."""
