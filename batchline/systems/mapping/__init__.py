"""How a neutral message becomes a system's own: the tables' grammar, and the forms of values."""
