"""Systems: each describes one API by its account, its messages, its requests and its answers.

Pure: no Redis, no Celery, no HTTP.
"""
