"""SALESmanago API v2 and its mobile push calls, as the vendor's documents describe them.

Where the documents have no text, the text is ours and begins with `[sandbox]`. Method names
(`contact/upsert`) and fields in the docstrings are the documents' own.
"""
