"""Alerts: one table, evaluated from the store and told to a webhook, or rules of Prometheus."""
