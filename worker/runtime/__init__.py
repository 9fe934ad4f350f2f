"""Celery's side: tasks, dispatcher, pool, shutdown."""
