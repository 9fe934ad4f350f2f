"""The API of SALESmanago Mobile, as its documents describe it.

Where the documents have no text, the text is ours and begins with `[sandbox]`.
"""
