"""Email addresses: one deliverable mailbox or nothing, and how to find one again."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from promoter.lib.signing import keyed_digest


def clean_address(value: object) -> str | None:
    """The address with its domain in normal form, or None when it is not one mailbox.

    `a@x.io, b@x.io` and `A <a@x.io>` are refused: Django would mail both of the first.
    No DNS is asked: a domain that is away for a minute is not a wrong address.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > 320:
        return None
    try:
        result = validate_email(
            value.strip(), check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return result.normalized if len(result.normalized) <= 254 else None


def address_digest(email: str) -> str:
    """What suppressions and throttles compare: equal for spellings of one mailbox.

    The local part is case-folded too. In theory two people may share it but for case;
    in practice that is one person, and mailing who unsubscribed is the worse mistake.
    """
    return keyed_digest("address", email.strip().casefold())
