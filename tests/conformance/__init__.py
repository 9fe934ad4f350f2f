"""One suite that every system's adapter passes; a system brings its cases, and nothing else.

`cases.py` says what a case is, `salesmanago.py` and its neighbours hold them, `wire/` the recorded
bytes of every operation beside the document's own sample.
"""
