"""What Django's mail backends raise when a mail was not taken, or may not have been."""

from __future__ import annotations

from smtplib import SMTPException

from anymail.exceptions import AnymailError

NOT_TAKEN = (SMTPException, OSError, AnymailError)
