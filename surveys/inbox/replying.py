"""Write to the person who answered, in the thread of the mail that asked them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.languages import language_of
from campaigns.rendering import contact_values, fill, header_text
from contacts.models import Contact, Suppression
from promoter.accounts.models import User
from surveys.inbox.acting import close
from surveys.inbox.cases import happened
from surveys.models import Case, CaseEvent, CaseMail, Response, SurveyEmail
from surveys.sending.composing import words_of
from surveys.sending.writing import MAX_SUBJECT, Texts

Reason = Suppression.Reason
# Who only wants no more surveys may be answered: it is they who wrote to us.
UNSUBSCRIBED = _(
    "They unsubscribed from surveys. A personal answer to what they wrote is all right."
)
REFUSALS = {
    Reason.BOUNCED: _("Mail to this address came back, so no reply can reach it."),
    Reason.COMPLAINED: _(
        "They reported our mail as spam, so we don’t write to them again."
    ),
    Reason.MANUAL: _(
        "Your team has stopped the mail to this address. Allow it again under "
        "“Not mailed” to reply."
    ),
    Reason.ERASED: _("The person was erased and is not written to again."),
}
NO_ADDRESS = _("We know no address of this person.")
ERASED = _("The person was erased, so there is nobody to reply to.")


def refusal(contact: Contact | None) -> str:
    """Why the person can't be replied to; empty when they can."""
    if contact is None:
        return str(ERASED)
    if not contact.email:
        return str(NO_ADDRESS)
    reason = _suppressed(contact)
    return str(REFUSALS.get(Reason(reason), "")) if reason else ""


def caution(contact: Contact | None) -> str:
    """What the writer should know first; empty for nothing."""
    if contact is None or _suppressed(contact) != Reason.UNSUBSCRIBED:
        return ""
    return str(UNSUBSCRIBED)


def reply(*, case: Case, text: str, by: User, closes: bool, now: datetime) -> CaseMail:
    """Have the text mailed to the person, and the case closed if wanted; the caller has
    looked at `refusal`."""
    response = case.response
    contact = response.contact
    assert contact is not None  # noqa: S101  # refusal
    asked = _asked_by(response)
    with transaction.atomic():
        event = happened(case, CaseEvent.Kind.REPLIED, actor=by, now=now)
        mail = CaseMail.objects.create(
            account_id=case.account_id,
            event=event,
            kind=CaseMail.Kind.REPLY,
            to=[contact.email],
            from_name=header_text(f"{by.get_full_name()} ({_brand(response)})")[:200],
            reply_to=by.email,
            subject=_subject(response, asked),
            words=text,
            text=f"{text}\n\n{quoted(response)}\n",
            in_reply_to=asked.email_message_id if asked else "",
            due_at=now,
        )
        if closes:
            close(cases=[case.pk], by=by, now=now)
    return mail


def quoted(response: Response) -> str:
    """What they answered, as mail programs quote."""
    lines = [f"{response.score}/10", *response.comment.splitlines()]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _suppressed(contact: Contact) -> str:
    digest = contact.address_digest
    reasons = Suppression.objects.reasons(account=contact.account, digests=[digest])
    return reasons.get(digest, "")


def _asked_by(response: Response) -> SurveyEmail | None:
    """The mail they had last when they answered."""
    sent = response.survey.emails.filter(sent_at__lte=response.responded_at)
    return sent.select_related("survey__campaign").order_by("-sent_at").first()


def _brand(response: Response) -> str:
    template = response.campaign.email_template
    return template.brand if template else response.account.name


def _subject(response: Response, asked: SurveyEmail | None) -> str:
    """That of the mail they answer to: programs thread by it."""
    words = asked.template_version or words_of(asked) if asked else None
    if asked is None or words is None:
        return f"Re: {_brand(response)}"[:MAX_SUBJECT]
    contact, account = response.contact, response.account
    known = contact.attributes if contact else {}
    texts = Texts.of(
        words,
        account,
        language=language_of(known, otherwise=words.language),
        reminder=asked.kind == SurveyEmail.Kind.REMINDER,
    )
    values = contact_values(contact, brand=words.brand, account_name=account.name)
    return f"Re: {header_text(fill(texts.subject, values))}"[:MAX_SUBJECT]
