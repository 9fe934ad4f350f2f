"""From lines of a file to messages."""
