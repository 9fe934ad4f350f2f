"""A soak: the shop runs with the dashboard open, and the memory of each part is watched."""
