"""Whom to ask, when, and whom not."""
