"""What an API is: its account, its messages, and how these travel.

Pure: no Redis, no Celery, no HTTP.
"""
