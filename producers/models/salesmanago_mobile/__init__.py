"""SALESmanago Mobile: what may be enqueued, with every limit that its documents give."""
