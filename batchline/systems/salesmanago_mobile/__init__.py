"""SALESmanago Mobile."""
