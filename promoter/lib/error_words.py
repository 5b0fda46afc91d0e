"""What workers write of mail that did not leave, in the language of who reads it.

A row keeps one text: our sentence, in English, and behind it the words of the mail server
or the provider, which are nobody's to translate. Whoever writes a new one adds it here; a
test looks for it.
"""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

# What stands before somebody else's words, or before another of ours.
LEADS = (
    _("No connection to the mail server:"),
    _("The mail server hung up:"),
    _("No answer after the mail was sent:"),
    _("No clear answer to the mail:"),
    _("No connection to the mail service:"),
    _("The mail server refused the address."),
    _("The mail provider can't be used:"),
    _("The provider’s API has no words for it:"),
    _("The mail provider did not take it:"),
    _("The mail provider refused the address:"),
    _("No clear answer from the mail provider:"),
    _("No connection to the mail provider:"),
    _("No answer from the mail provider:"),
    _("This mail can't be written:"),
    _("Given up after 72 hours."),
)
WHOLE = (
    _("No connection to the mail server."),
    _("The connection to the mail server was lost."),
    _("No answer after the mail was sent."),
    _("No mail was prepared."),
    _("No mail was begun."),
    _("The mail service did not take it."),
    _("The mail provider refused it."),
    _("The part before the @ has letters that mail servers refuse."),
    _("The campaign has no template, or the survey no recipient."),
    _("The worker stopped before this mail left."),
    _("The worker stopped while handing it over; it may have arrived."),
    _("The worker died while it was sending this."),
    _("It was due in a backup that was brought back; it may have left."),
    _("It may have arrived, and its provider no longer knows its key."),
    _("The invitation was sent again."),
    _("Answer deleted by the respondent"),
    _("Answered"),
    _("Survey closed"),
    _("Complained"),
    _("Bounced"),
    _("Unsubscribed"),
)


def error_words(stored: str) -> str:
    """The stored text with what is ours of it translated."""
    for lead in LEADS:
        if stored.startswith(f"{lead} "):
            return f"{gettext(lead)} {error_words(stored[len(lead) + 1 :])}"
    return gettext(stored) if stored else ""
