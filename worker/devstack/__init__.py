"""The parts that run on a developer's machine: Redis, sandbox, processes, the demo."""
