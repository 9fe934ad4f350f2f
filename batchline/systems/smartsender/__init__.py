"""Smart Sender."""
