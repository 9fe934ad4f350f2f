"""The API of Smart Sender, as its documents describe it.

Where the documents have no text, the text is ours and begins with `[sandbox]`.
"""
