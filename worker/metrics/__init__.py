"""Metrics: one table of them, what the store shows, what a worker did, and how both are served."""
