"""What the lanes hold, and what became of a message."""
