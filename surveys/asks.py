"""The asks that speak against another one: of the same contact, or of its mailbox.

One person may stand in two contacts, and a contact may get another address while a mail
waits for it. So an ask that waits counts at the address its contact has now, one that was
made at the address that was mailed, and one that is on its way at both.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet, Value

from campaigns.models import Campaign
from surveys.eligibility import Ask
from surveys.models import Survey, SurveyEmail

Status = SurveyEmail.Status
GIVEN_UP = (Status.FAILED, Status.CANCELLED)
WAITING = (Status.SCHEDULED, *SurveyEmail.CLAIMED)


@dataclass(frozen=True, slots=True)
class KnownAsk:
    """A survey as others see it. `asked_at` is when its invitation left, or may have left;
    one that `waits` may go out at any moment, also for the second time."""

    survey_id: int
    account_id: int
    campaign_id: int
    contact_id: int | None
    digests: frozenset[str]
    due_at: datetime
    asked_at: datetime | None
    waits: bool
    is_leaving: bool

    def precedes(self, survey: Survey) -> bool:
        """Asked already, or going out first: of two that wait, one must give way."""
        if self.survey_id == survey.pk:
            return False
        mine = (survey.due_at, survey.pk)
        has_left = self.asked_at is not None or self.is_leaving
        return has_left or (self.due_at, self.survey_id) < mine

    @property
    def planned(self) -> Ask:
        return Ask(self.campaign_id, self.due_at)

    def ask(self, now: datetime) -> Ask:
        """As eligibility sees it: one that waits goes out any moment."""
        return Ask(self.campaign_id, now if self.waits else self.asked_at or self.due_at)


def known_asks(
    *,
    accounts: Collection[int],
    contacts: Collection[int],
    digests: Collection[str],
    since: datetime,
) -> list[KnownAsk]:
    """The asks of these contacts and of these addresses in these accounts, due since then.

    Not those that were skipped, or given up before anything was sent; nor those of a
    campaign that is not live, while nothing has left: when it goes on, its own look before
    sending finds who was asked meanwhile. Two queries.
    """
    digests = set(digests) - {""}
    surveys = Survey.objects.filter(skip_reason="", due_at__gte=since)
    found = surveys.filter(
        Q(contact__in=contacts) | Q(account__in=accounts, address_digest__in=digests)
    )
    # Apart, for a condition on both tables in one OR reads the whole of one of them.
    moved = surveys.filter(
        contact__account__in=accounts,
        contact__address_digest__in=digests,
        asked_at__isnull=True,
    )
    rows = {row["pk"]: row for row in _rows(found, current=Value(""))}
    rows |= {row["pk"]: row for row in _rows(moved, current=F("contact__address_digest"))}
    return [_known(row) for row in rows.values() if _counts(row)]


def _rows(surveys: QuerySet[Survey], *, current: Value | F) -> list[dict[str, Any]]:
    """`current` is the address that the contact has now, where it matters."""
    is_invitation = Q(emails__kind=SurveyEmail.Kind.INVITATION)
    return list(
        surveys.alias(invitation=FilteredRelation("emails", condition=is_invitation))
        .order_by()
        .values(
            *("pk", "account_id", "campaign_id", "contact_id"),
            *("address_digest", "due_at", "asked_at", "campaign__status"),
            *("invitation__status", "invitation__sent_at", "invitation__repeating_since"),
            current=current,
        )
    )


def _perhaps_asked_at(row: dict[str, Any]) -> datetime | None:
    """When its mail left, or may have left first; of one that is unsent, None."""
    found: datetime | None = (
        row["asked_at"] or row["invitation__sent_at"] or row["invitation__repeating_since"]
    )
    if found is None and row["invitation__status"] == Status.UNCERTAIN:
        return row["due_at"]  # type: ignore[no-any-return]
    return found


def _counts(row: dict[str, Any]) -> bool:
    if row["asked_at"] is not None:
        return True
    if row["invitation__status"] in GIVEN_UP:
        return False
    left = _perhaps_asked_at(row) is not None or row["invitation__status"] == Status.HANDOFF
    return left or row["campaign__status"] in Campaign.LIVE


def _known(row: dict[str, Any]) -> KnownAsk:
    status, asked_at = row["invitation__status"], _perhaps_asked_at(row)
    waits = row["asked_at"] is None and status in WAITING
    digests = {row["address_digest"]}
    if waits:
        on_its_way = asked_at is not None or status != Status.SCHEDULED
        digests = digests | {row["current"]} if on_its_way else {row["current"]}
    return KnownAsk(
        survey_id=row["pk"],
        account_id=row["account_id"],
        campaign_id=row["campaign_id"],
        contact_id=row["contact_id"],
        digests=frozenset(digests - {""}),
        due_at=row["due_at"],
        asked_at=asked_at,
        waits=waits,
        is_leaving=waits and status == Status.HANDOFF,
    )
