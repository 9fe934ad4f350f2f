"""Erasing a contact everywhere in the store: who is meant, where it stands, and the act."""
