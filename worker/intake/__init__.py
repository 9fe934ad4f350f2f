"""Intake: lines of a file become messages."""
