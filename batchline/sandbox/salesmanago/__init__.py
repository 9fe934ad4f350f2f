"""SALESmanago API v2 and its mobile push calls, as the vendor's documents describe them.

Where the documents are silent the message begins with `[sandbox]`: those words are ours, not the
vendor's. Method names (`contact/upsert`) and fields in the docstrings are the documents' own.
"""
