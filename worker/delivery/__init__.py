"""The delivery of a lane: batches, requests, verdicts, settling."""
