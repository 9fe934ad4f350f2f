"""The dashboard: Flower, with tabs that show what waits, since when, why, and what to press."""
