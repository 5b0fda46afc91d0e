"""Replay: choose a campaign and how far back, see whom it would ask, then ask them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.lib.heartbeat import workers_are_at_work
from promoter.lib.paging import page_of
from segment_ingest.doorbell import replay_bell
from segment_ingest.models import Replay
from segment_ingest.replay.forms import ReplayForm
from segment_ingest.replay.replaying import Refused, first_kept, start
from segment_ingest.replay.words import count_lines

PAGE_SIZE = 20
EDITOR = Membership.Role.EDITOR
# A waiting replay is taken up within a second; only then is its waiting worth a word.
PATIENCE = timedelta(seconds=10)


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def replay_list(request: AccountRequest) -> HttpResponse:
    """The account's replays, and the form that begins one; `?campaign=` chooses there."""
    now = timezone.now()
    may_edit = has_role(request.membership, EDITOR)
    form = _form(request, now)
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        if form.is_valid() and (replay := _start(request, form, now)) is not None:
            replay_bell.ring()
            return redirect("segment-replay", replay.pk)
    replays = for_account(Replay, request.account).filter(kind=Replay.Kind.REPLAY)
    context = {
        "now": now,
        "form": form,
        "may_edit": may_edit,
        "has_campaigns": form.fields["campaign"].queryset.exists(),  # type: ignore[attr-defined]
        "page": page_of(
            replays.select_related("campaign"), query=request.GET, size=PAGE_SIZE
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "segment_ingest/replay_list.html", context, status=status)


@account_required()
@require_safe
def replay_page(request: AccountRequest, pk: int) -> HttpResponse:
    """How far it is, whom it would ask, whom it asked."""
    replay = _replay(request, pk)
    now = timezone.now()
    age = replay.at - (replay.oldest_at or replay.at)
    is_old = age > timedelta(hours=settings.SEGMENT_MAX_EVENT_AGE_HOURS)
    context = {
        "now": now,
        "replay": replay,
        "campaign": replay.campaign,
        "lines": count_lines(replay.counts),
        "may_edit": has_role(request.membership, EDITOR),
        "may_send": replay.may_send(now=now),
        "days_old": age.days if is_old else 0,
        "nobody_works": nobody_works(replay, now),
    }
    return render(request, "segment_ingest/replay.html", context)


@account_required(EDITOR)
@require_POST
def replay_send(request: AccountRequest, pk: int) -> HttpResponse:
    """Ask those who were counted."""
    replay = _replay(request, pk)
    now = timezone.now()
    with transaction.atomic():
        is_live = replay.campaign.is_live
        sent = is_live and replay.may_send(now=now) and replay.send(now=now)
        if sent:
            note(request, Action.REPLAY_SENT, replay, label=replay.campaign.name, now=now)
    if not is_live:
        messages.warning(request, gettext("Nothing is sent: the campaign is not live."))
    elif not sent:
        messages.warning(
            request,
            gettext("Nothing is sent: count again, or look whether it was sent already."),
        )
    else:
        replay_bell.ring()
    return redirect("segment-replay", replay.pk)


@account_required(EDITOR)
@require_POST
def replay_stop(request: AccountRequest, pk: int) -> HttpResponse:
    """Stop it; what is scheduled stays scheduled."""
    replay = get_object_or_404(for_account(Replay, request.account), pk=pk)
    now = timezone.now()
    is_backtest = replay.kind == Replay.Kind.BACKTEST
    with transaction.atomic():
        cancelled = replay.cancel(now=now)
        if cancelled and not is_backtest:
            label = replay.campaign.name
            note(request, Action.REPLAY_STOPPED, replay, label=label, now=now)
    if not cancelled:
        messages.warning(request, gettext("It had ended already."))
    if is_backtest:
        return redirect("segment-backtest", replay.campaign_id)
    return redirect("segment-replay", replay.pk)


def nobody_works(replay: Replay, now: datetime) -> bool:
    """Whether it waits for a worker that is not there."""
    waits = replay.status == Replay.Status.WAITING and now - replay.queued_at > PATIENCE
    return waits and not workers_are_at_work()


def _replay(request: AccountRequest, pk: int) -> Replay:
    replays = for_account(Replay, request.account).filter(kind=Replay.Kind.REPLAY)
    return get_object_or_404(
        replays.select_related("account", "campaign", "created_by"), pk=pk
    )


def _form(request: AccountRequest, now: datetime) -> ReplayForm:
    hours = timedelta(hours=settings.SEGMENT_MAX_EVENT_AGE_HOURS)
    zone = ZoneInfo(request.account.time_zone)
    initial: dict[str, Any] = {
        "since": (now - hours).astimezone(zone).replace(second=0, tzinfo=None),
        "campaign": request.GET.get("campaign", ""),
    }
    return ReplayForm(
        request.POST if request.method == "POST" else None,
        account=request.account,
        first=first_kept(now),
        initial=initial,
    )


def _start(request: AccountRequest, form: ReplayForm, now: datetime) -> Replay | None:
    try:
        return start(
            campaign=form.cleaned_data["campaign"],
            since=form.cleaned_data["since"],
            created_by=request.user,
            now=now,
        )
    except Refused as refusal:
        form.add_error("since", str(refusal))
        return None
