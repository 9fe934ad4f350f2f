"""SALESmanago, API v2."""
