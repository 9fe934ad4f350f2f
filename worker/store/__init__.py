"""The data in Redis, and the scripts that change it."""
