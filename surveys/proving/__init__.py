"""The proof of sending: accidents, and the mails counted after them."""
