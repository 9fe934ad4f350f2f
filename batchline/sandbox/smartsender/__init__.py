"""Smart Sender as its documents describe it.

Where the documents are silent the words begin with `[sandbox]`: those are ours, not the vendor's.
"""
