"""Answers as cases: who takes care of which, and what was done about it."""
