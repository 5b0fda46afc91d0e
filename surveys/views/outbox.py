"""Mail that is uncertain or failed: look, send again, leave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign
from contacts.models import Suppression
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account, Membership
from promoter.lib.paging import page_of
from surveys.models import SurveyEmail, SurveyEmailQuerySet
from surveys.sending.resending import Again, leave, send_again
from surveys.sending.retrying import LONGEST_WAIT

PAGE_SIZE = 30
EDITOR = Membership.Role.EDITOR


@account_required()
@require_safe
def outbox(request: AccountRequest) -> HttpResponse:
    """Those that need a look; `?show=waiting` those that are tried again by themselves."""
    now = timezone.now()
    waiting = request.GET.get("show") == "waiting"
    campaigns = list(for_account(Campaign, request.account).order_by("name"))
    campaign = _one_of(campaigns, request.GET.get("campaign", ""))
    unsettled = SurveyEmail.objects.unsettled().filter(account=request.account)
    emails = tried_again(account=request.account, now=now) if waiting else unsettled
    if campaign is not None:
        emails = emails.filter(survey__campaign=campaign)
    context = {
        "now": now,
        "page": page_of(
            emails.select_related("survey__contact", "survey__campaign").annotate(
                not_mailed=_not_mailed(request.account)
            ),
            query=request.GET,
            size=PAGE_SIZE,
            key="due_at",
        ),
        "waiting": waiting,
        "count": unsettled.count(),
        "campaigns": campaigns,
        "campaign": campaign,
        "may_edit": has_role(request.membership, EDITOR),
        "policies": Account.DeliveryPolicy,
    }
    return render(request, "surveys/outbox.html", context)


@account_required(EDITOR)
@require_POST
def outbox_settle(request: AccountRequest) -> HttpResponse:
    """`act` is again or leave, for the ticked rows; `again` and `leave` name one row.

    Who may have got theirs already is mailed again only after a second question.
    """
    choice = _Choice.of(request.POST, account=request.account)
    back = reverse("outbox") + (f"?campaign={choice.campaign}" if choice.campaign else "")
    chosen, now = choice.emails, timezone.now()
    if choice.act == "again" and not request.POST.get("confirmed"):
        uncertain = chosen.filter(status=SurveyEmail.Status.UNCERTAIN).count()
        if uncertain:
            count = chosen.count()
            context = {
                "choice": choice,
                "count": count,
                "uncertain": uncertain,
                "back": back,
                "who": _address(chosen) if count == 1 else "",
            }
            return render(request, "surveys/outbox_again.html", context)
    if choice.act == "again":
        with transaction.atomic():
            again = send_again(emails=chosen, now=now)
            if again.mails:
                note(request, Action.MAIL_AGAIN, count=again.mails, now=now)
        _say_sent(request, again)
    elif choice.act == "leave":
        with transaction.atomic():
            number = leave(emails=chosen, now=now)
            if number:
                note(request, Action.MAIL_LEFT, count=number, now=now)
        _say_left(request, number)
    else:
        messages.error(request, gettext("Choose what to do with the ticked mails."))
    return redirect(back)


def tried_again(*, account: Account, now: datetime) -> SurveyEmailQuerySet:
    """Those that were refused for now, or are repeated because they may not have left."""
    return SurveyEmail.objects.due(now=now + LONGEST_WAIT).filter(
        Q(failing_since__isnull=False) | Q(sent_at__isnull=False), account=account
    )


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which mails somebody means, and what they want of them."""

    act: str
    emails: SurveyEmailQuerySet
    ids: list[str]
    all: bool
    campaign: str

    @classmethod
    def of(cls, data: QueryDict, *, account: Account) -> _Choice:
        act, ids, everything = data.get("act", ""), data.getlist("mail"), "all" in data
        for name in ("again", "leave"):
            if name in data:
                act, ids, everything = name, [data.get(name, "")], False
        ids = [text for text in ids if _is_id(text)]
        emails = SurveyEmail.objects.unsettled().filter(account=account)
        campaign = data.get("campaign", "")
        campaign = campaign if _is_id(campaign) else ""
        if not everything:
            emails = emails.filter(pk__in=ids)
        elif campaign:
            emails = emails.filter(survey__campaign_id=int(campaign))
        return cls(act, emails, ids, everything, campaign)


def _not_mailed(account: Account) -> Subquery:
    """Why the address gets no mail at all; nothing where it may."""
    rows = Suppression.objects.filter(
        account=account, address_digest=OuterRef("survey__contact__address_digest")
    )
    return Subquery(rows.values("reason")[:1])


def _address(emails: SurveyEmailQuerySet) -> str:
    """Of the first of them; empty for an erased person."""
    return emails.values_list("survey__contact__email", flat=True).first() or ""


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _one_of(campaigns: list[Campaign], text: str) -> Campaign | None:
    return next((one for one in campaigns if str(one.pk) == text), None)


def _say_sent(request: AccountRequest, again: Again) -> None:
    number = again.mails
    if number:
        words = ngettext(
            "One mail leaves within a minute, unless something speaks against it by now: "
            "a paused campaign, an unsubscribe, an answer.",
            "%(count)s mails leave within a minute, unless something speaks against it by "
            "now: a paused campaign, an unsubscribe, an answer.",
            number,
        )
        messages.success(request, words % {"count": number})
    elif not again.on_their_way:
        messages.info(
            request, gettext("There was nothing to send: choose a mail that is listed.")
        )
    if again.on_their_way:
        words = ngettext(
            "One mail is not sent again now: another mail of its survey is on its way to "
            "that person.",
            "%(count)s mails are not sent again now: other mails of their surveys are on "
            "their way to those people.",
            again.on_their_way,
        )
        messages.info(request, words % {"count": again.on_their_way})


def _say_left(request: AccountRequest, number: int) -> None:
    if number:
        words = ngettext(
            "One mail is left as it is.", "%(count)s mails are left as they are.", number
        )
        messages.success(request, words % {"count": number})
    else:
        messages.info(
            request, gettext("There was nothing to leave: choose a mail that is listed.")
        )
