"""Stored events through a campaign once more: to count, or to ask."""
