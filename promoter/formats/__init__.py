"""How this product writes what Django's own locales write another way."""
