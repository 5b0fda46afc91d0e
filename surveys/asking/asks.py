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

from django.db.models import Q

from campaigns.models import Campaign
from contacts.models import Contact
from surveys.eligibility import Ask
from surveys.models import Survey, SurveyEmail

Status = SurveyEmail.Status
GIVEN_UP = (Status.FAILED, Status.CANCELLED)
WAITING = (Status.SCHEDULED, *SurveyEmail.CLAIMED)
# Bounds the statement. More contacts of the same few mailboxes are somebody's test: what
# waits for those beyond is seen by nobody but themselves.
MOST_TWINS = 10_000


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

    def precedes(self, survey: Survey, *, may_have_left: bool) -> bool:
        """Asked already, or going out first: of two that wait, one must give way, and not
        the one that may have left before."""
        if self.survey_id == survey.pk:
            return False
        mine = (survey.due_at, survey.pk)
        has_left = self.asked_at is not None or self.is_leaving
        is_first = not may_have_left and (self.due_at, self.survey_id) < mine
        return has_left or is_first

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
    sending finds who was asked meanwhile. An imported answer is an ask at the time that
    its file gives. Three queries at most.
    """
    digests = set(digests) - {""}
    # Table by table: joined, PostgreSQL compares each row with each while it has not
    # counted those of a young table, and reads a whole table for an OR across two.
    current = dict(
        Contact.objects.filter(account__in=accounts, address_digest__in=digests)
        .order_by()
        .values_list("pk", "address_digest")[:MOST_TWINS]
    )
    rows = list(
        Survey.objects.filter(
            Q(contact__in={*contacts, *current})
            | Q(account__in=accounts, address_digest__in=digests),
            skip_reason="",
            due_at__gte=since,
        )
        .order_by()
        .values(
            *("pk", "account_id", "campaign_id", "contact_id", "address_digest"),
            *("due_at", "asked_at", "campaign__status", "campaign__kind"),
        )
    )
    invitations = _invitations([row["pk"] for row in rows if row["asked_at"] is None])
    for row in rows:
        row |= invitations.get(row["pk"], {})
        row["current"] = current.get(row["contact_id"], "")
    return [_known(row) for row in rows if _counts(row)]


def _invitations(surveys: Collection[int]) -> dict[int, dict[str, Any]]:
    """Survey id -> where its invitation stands."""
    if not surveys:
        return {}
    rows = SurveyEmail.objects.filter(
        survey__in=surveys, kind=SurveyEmail.Kind.INVITATION
    ).values("survey_id", "status", "sent_at", "repeating_since")
    return {row["survey_id"]: dict(row) for row in rows.order_by()}


def _perhaps_asked_at(row: dict[str, Any]) -> datetime | None:
    """When its mail left, or may have left first; of one that is unsent, None."""
    found: datetime | None = (
        row["asked_at"] or row.get("sent_at") or row.get("repeating_since")
    )
    if found is None and row.get("status") == Status.UNCERTAIN:
        return row["due_at"]  # type: ignore[no-any-return]
    return found


def _counts(row: dict[str, Any]) -> bool:
    if row["asked_at"] is not None:
        return True
    if row.get("status") in GIVEN_UP:
        return False
    if row["campaign__kind"] == Campaign.Kind.IMPORTED:
        # Another tool asked, and was answered.
        return True
    left = _perhaps_asked_at(row) is not None or row.get("status") == Status.HANDOFF
    return left or row["campaign__status"] in Campaign.LIVE


def _known(row: dict[str, Any]) -> KnownAsk:
    status, asked_at = row.get("status"), _perhaps_asked_at(row)
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
