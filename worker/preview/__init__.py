"""Previews: the requests that would be sent, and where each field goes."""
