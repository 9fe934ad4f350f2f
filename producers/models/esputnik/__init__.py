"""eSputnik (Yespo): what may be enqueued, with every limit that its documents give."""
