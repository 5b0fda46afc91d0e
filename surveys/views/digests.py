"""What a member is mailed about the account: their own choice, whatever their role."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account
from surveys.daily_sums.coverage import zone_of
from surveys.digests.periods import HOUR, newest
from surveys.digests.planning import DIGESTS, digest, move_on, reader_zone, subscribe
from surveys.digests.sending import look
from surveys.digests.subscriptions import Frequency
from surveys.digests.writing import Letter
from surveys.models import Subscription, TeamMail
from surveys.tasks import digest_bell
from surveys.views.mail_preview import POLICY

MOST_ASKED_FOR = 3
"""“Send me one now” within ASKED_WITHIN."""
ASKED_WITHIN = timedelta(hours=1)
SHOWN = 5


class SubscriptionForm(forms.ModelForm):  # type: ignore[type-arg]
    frequency = forms.ChoiceField(
        label=gettext_lazy("Digest"),
        help_text=gettext_lazy("The score, what changed, and what people wrote."),
        choices=Frequency.choices,
        widget=forms.RadioSelect,
    )
    wants_detractors = forms.BooleanField(
        label=gettext_lazy(
            "When a detractor writes why: within a minute, and at most one mail in 10 "
            "minutes"
        ),
        required=False,
    )
    wants_moves = forms.BooleanField(
        label=gettext_lazy("When the score moves by more than chance explains"),
        required=False,
    )

    class Meta:
        model = Subscription
        fields = ("frequency", "wants_detractors", "wants_moves")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.label_suffix = ""


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def mails_to_you(request: AccountRequest) -> HttpResponse:
    """A changed choice counts from the next digest on: none comes at once."""
    now = timezone.now()
    subscription = _subscription(request, now=now)
    form = SubscriptionForm(request.POST or None, instance=subscription)
    if request.method == "POST" and form.is_valid():
        # Unchanged, one that is due this minute must not be moved on.
        if "frequency" in form.changed_data:
            move_on(subscription, now=now)
        form.save()
        messages.success(request, gettext("Your mails of this account are saved."))
        return redirect("digest")
    sent = for_account(TeamMail, request.account).filter(membership=request.membership)
    zone = reader_zone(request.user, request.account)
    context = {
        "form": form,
        "saved": Subscription.objects.get(pk=subscription.pk),
        "sent": sent[:SHOWN],
        "hour": HOUR,
        "zone": zone.key.replace("_", " "),
        "now": now,
    }
    status = 422 if form.errors else 200
    return render(request, "settings/mails_to_you.html", context, status=status)


@account_required()
@require_safe
def digest_look(request: AccountRequest) -> HttpResponse:
    """The latest digest as it would be now, around the frame with the mail."""
    frequency = _frequency(request)
    kinds = [(kind, Frequency(kind).label, kind == frequency) for kind in map(str, DIGESTS)]
    letter = _letter(request, frequency)
    context = {"kinds": kinds, "frequency": frequency, "subject": letter.subject}
    return render(request, "settings/digest_look.html", context)


@account_required()
@require_safe
@never_cache
@xframe_options_sameorigin
def digest_frame(request: AccountRequest) -> HttpResponse:
    """The mail itself."""
    letter = _letter(request, _frequency(request))
    return HttpResponse(letter.html, headers={"Content-Security-Policy": POLICY})


@account_required()
@require_POST
def digest_send(request: AccountRequest) -> HttpResponse:
    """One digest to oneself, now; a few an hour."""
    now = timezone.now()
    recent = for_account(TeamMail, request.account).filter(
        membership=request.membership, is_asked_for=True, created_at__gt=now - ASKED_WITHIN
    )
    if recent.count() >= MOST_ASKED_FOR:
        words = gettext("You have asked for several within the hour. Try again later.")
        messages.error(request, words)
        return redirect("digest")
    subscription = _subscription(request, now=now)
    digest(subscription, now=now, frequency=_frequency(request), is_asked_for=True).save()
    digest_bell.ring()
    words = gettext("A digest is on its way to %(address)s.")
    messages.success(request, words % {"address": request.user.email})
    return redirect("digest")


def _subscription(request: AccountRequest, *, now: datetime) -> Subscription:
    """The member's; made here for who is quicker than the worker."""
    rows = Subscription.objects.filter(membership=request.membership)
    if not rows.exists():
        fresh = subscribe(request.membership, now=now)
        Subscription.objects.bulk_create([fresh], ignore_conflicts=True)
    related = rows.select_related("membership__user", "membership__account")
    return related.get()


def _frequency(request: AccountRequest) -> str:
    """That which the address asks for, or else the member's own, or else weekly."""
    asked = request.POST.get("frequency") or request.GET.get("frequency", "")
    rows = Subscription.objects.filter(membership=request.membership)
    known = {str(kind) for kind in DIGESTS}
    own = rows.values_list("frequency", flat=True).first() or ""
    return next((one for one in (asked, own) if one in known), str(Frequency.WEEKLY))


def _letter(request: AccountRequest, frequency: str) -> Letter:
    now = timezone.now()
    span = newest(
        frequency,
        reader=reader_zone(request.user, request.account),
        account=zone_of(request.account),
        now=now,
    )
    return look(_subscription(request, now=now), span=span, now=now)
