"""Invented answers by the million, to see how reports bear them."""
