"""What can go wrong between us and a mail server, sorted by what to do about it."""

from __future__ import annotations

import re


class Fault(Exception):
    """The mail has definitely not left. The text says why, for people."""


class NotNow(Fault):
    """This mail can't go now (greylisting, a full mailbox): try it again later."""


class ServerUnwell(Fault):
    """No mail can go now, and no recipient is to blame: stop, try again later."""


class SenderRefused(Fault):
    """The server takes no mail from this sender: nothing of this account can go now."""


class SignInRefused(SenderRefused):
    """Our sign-in or our key is refused: nothing of any account can go now."""


class Refused(Fault):
    """This mail will never be taken. `dead`: because the address doesn't exist."""

    def __init__(self, text: str, *, dead: bool = False) -> None:
        super().__init__(text)
        self.dead = dead


class MayHaveLeft(Exception):
    """The server was given the mail and did not say what became of it.

    `repeatable`: with the same idempotency key, where keys are honoured.
    """

    def __init__(self, text: str, *, repeatable: bool = True) -> None:
        super().__init__(text)
        self.repeatable = repeatable


_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463. Subject 1 is the address, subject 2 the mailbox.
_ADDRESS, _MAILBOX = 1, 2
_SENDER_DETAILS = {7, 8}  # 5.1.7 and 5.1.8: the sender's address, not the recipient's
_SENDER_CODES = {550, 551, 553, 554}
_TOO_LARGE = 552  # RFC 1870: the size that MAIL announced
_DEAD_MAILBOX_DETAILS = {0, 1}  # 5.2.1 disabled; not 5.2.2, which is only full


def reply_text(code: int, reply: bytes | str) -> str:
    """A server's answer as one line: `550 5.1.1 no such user`."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(text.replace(chr(0), '').split())}"


def sender_fault(code: int, reply: bytes | str) -> Fault:
    """What a 4xx or 5xx answer to MAIL means.

    Only 550, 551, 553 and 554 are about the sender: the others ask for a sign-in or for
    TLS, or don't understand us, and that is the installation's business.
    """
    text = reply_text(code, reply)
    if code == _TOO_LARGE:
        return Refused(text)
    return SenderRefused(text) if code in _SENDER_CODES else ServerUnwell(text)


def recipient_fault(code: int, reply: bytes | str) -> Fault:
    """What a 4xx or 5xx answer to RCPT means.

    Many servers refuse at RCPT what is wrong with the sender (Postfix delays such
    refusals until there). Only a word about the address itself may suppress it: a mail
    server set up wrongly must not cost an account all its contacts.
    """
    text = reply_text(code, reply)
    if code < 500:
        return ServerUnwell(text) if code == 421 else NotNow(text)
    enhanced = _ENHANCED.search(text)
    if enhanced is None:
        ours = code not in {550, 551, 553} or "relay" in text.lower()
        return ServerUnwell(text) if ours else Refused(text, dead=True)
    subject, detail = int(enhanced[2]), int(enhanced[3])
    if subject == _ADDRESS:
        wrong_sender = detail in _SENDER_DETAILS
        return SenderRefused(text) if wrong_sender else Refused(text, dead=True)
    if subject == _MAILBOX:
        return Refused(text, dead=detail in _DEAD_MAILBOX_DETAILS)
    if subject == 0:
        return Refused(text, dead=True)
    return ServerUnwell(text)


def content_fault(code: int, reply: bytes | str) -> Fault:
    """What a 4xx or 5xx answer to DATA or to the mail itself means."""
    text = reply_text(code, reply)
    return NotNow(text) if code < 500 else Refused(text)
