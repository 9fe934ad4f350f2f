"""Delivering a lane: batches, requests, verdicts, settling."""
