"""Smart Sender: what may be enqueued, with every limit that its documents give."""
