"""`python -m tests.bench`: Batchline's speed and memory beside its peers, measured in one run."""
