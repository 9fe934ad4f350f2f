"""Messages given up on: kept, chosen, mended, replayed, exported and imported."""
