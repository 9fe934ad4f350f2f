"""The tabs: a thin handler each, over plain functions of (store, request) -> data."""
