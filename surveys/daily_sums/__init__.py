"""Sums of each day, from which figures.py reads years in milliseconds."""
