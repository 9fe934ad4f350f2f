"""What runs on a developer's machine: Redis, sandbox, processes, the demo."""
