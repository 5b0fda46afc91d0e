"""Contacts, surveys and answers as files: small ones at once, large ones by a worker."""
