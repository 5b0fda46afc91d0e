"""Settings: who did what in this account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import KINDS, Action
from promoter.accounts.audit_words import csv_rows, lines
from promoter.accounts.models import Account, AuditEvent, Membership
from promoter.lib.csvs import csv_response
from promoter.lib.paging import page_of
from promoter.lib.zones import zone_or_none

PAGE_SIZE = 50
EDITOR = Membership.Role.EDITOR


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What somebody looks for; what makes no sense is left out."""

    person: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> LogFilter:
        kind = query.get("kind", "")
        return cls(
            person=query.get("person", "").replace("\0", "")[:254],
            kind=kind if kind in KINDS else "",
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
        )

    @property
    def is_set(self) -> bool:
        return bool(self.person or self.kind or self.since or self.until)

    def apply(
        self, events: QuerySet[AuditEvent], *, account: Account
    ) -> QuerySet[AuditEvent]:
        """Both days are the account's own, and whole."""
        zone = zone_or_none(account.time_zone) or UTC
        if self.person:
            events = events.filter(actor_email=self.person)
        if self.kind:
            events = events.filter(action__startswith=f"{self.kind}.")
        if self.since:
            events = events.filter(at__gte=datetime.combine(self.since, time(), zone))
        if self.until:
            after = self.until + timedelta(days=1)
            events = events.filter(at__lt=datetime.combine(after, time(), zone))
        return events


@account_required(EDITOR)
@require_safe
def audit_log(request: AccountRequest) -> HttpResponse:
    """Newest first; `person`, `kind`, `since` and `until` narrow it down."""
    events = for_account(AuditEvent, request.account)
    wanted = LogFilter.of(request.GET)
    page = page_of(
        wanted.apply(events, account=request.account).select_related("actor"),
        query=request.GET,
        size=PAGE_SIZE,
        key="at",
    )
    people = events.exclude(actor_email="").order_by("actor_email")
    context: dict[str, Any] = {
        "now": timezone.now(),
        "page": page,
        "lines": lines(page.rows, account=request.account),
        "filter": wanted,
        "people": people.values_list("actor_email", flat=True).distinct(),
        "kinds": KINDS.items(),
    }
    return render(request, "settings/audit_log.html", context)


@account_required(EDITOR)
@require_safe
def audit_log_csv(request: AccountRequest) -> HttpResponseBase:
    """What the page shows, whole."""
    note(request, Action.LOG_EXPORTED, now=timezone.now())
    events = LogFilter.of(request.GET).apply(
        for_account(AuditEvent, request.account), account=request.account
    )
    rows = events.select_related("actor").order_by("-at", "-pk")
    return csv_response("audit-log.csv", csv_rows(rows.iterator()))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # The first and the last years have no midnight in every zone.
    return day if 1970 <= day.year < 3000 else None
