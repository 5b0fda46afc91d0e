"""Survey mail on its way out; delivery.py is the outline of it."""
