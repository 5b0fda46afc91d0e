"""The proofs of `manage.py prove` that look at the whole: a module a subject."""
