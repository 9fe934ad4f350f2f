"""Dead letters: messages given up on, chosen, mended, replayed, purged, exported and imported."""
