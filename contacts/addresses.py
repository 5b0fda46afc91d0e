"""Email addresses: one deliverable mailbox or nothing, and how to find one again."""

from __future__ import annotations

import re

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from promoter.lib.signing import keyed_digest

# What nearly every address looks like: no quotes, no other alphabets, nothing that a
# normal form would change. The validator takes 0.2 ms for each, mostly for the domain.
_PLAIN = re.compile(
    r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*"
    r"@((?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,24})"
)
_SPECIAL = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)


def clean_address(value: object) -> str | None:
    """The address with its domain in normal form, or None when it is not one mailbox.

    `a@x.io, b@x.io` and `A <a@x.io>` are refused: Django would mail both of the first.
    No DNS is asked: a domain that is away for a minute is not a wrong address.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > 320:
        return None
    text = value.strip()
    if _is_plain(text):
        return text
    try:
        result = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return result.normalized if len(result.normalized) <= 254 else None


def address_digest(email: str) -> str:
    """What suppressions and throttles compare: equal for spellings of one mailbox.

    The local part is case-folded too. In theory two people may share it but for case;
    in practice that is one person, and mailing who unsubscribed is the worse mistake.
    """
    return keyed_digest("address", email.strip().casefold())


def _is_plain(text: str) -> bool:
    """Whether the validator would give the text back unchanged, for certain."""
    match = _PLAIN.fullmatch(text)
    if match is None or len(text) > 254 or match.start(1) > 65:
        return False
    domain = match[1]
    # The validator decodes labels like xn--, and knows which names reach nobody.
    longest = max(len(label) for label in domain.split("."))
    return longest <= 63 and "xn--" not in domain and not f".{domain}".endswith(_SPECIAL)
