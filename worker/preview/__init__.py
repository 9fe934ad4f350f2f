"""What would go out, without sending it."""
