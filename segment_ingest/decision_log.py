"""What one campaign decided, newest first, in pages: who was asked, who was not and why,
and what became of the campaign itself.

Three streams are merged by moment: surveys, which stay for ever; events that came to
nothing, which are kept as long as messages are; and the few acts of the audit log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from contacts.filters import ContactFilter
from contacts.models import Contact
from promoter.accounts.access import for_account
from promoter.accounts.audit_actions import Action
from promoter.accounts.audit_words import because, changed_names
from promoter.accounts.models import AuditEvent
from segment_ingest.inspecting import Inspected, inspect
from segment_ingest.models import SegmentMessage
from segment_ingest.timeline import Cursor, Entry, Kind, message_entries, page_of_entries
from surveys.models import SkipReason, Survey

Verdict = SegmentMessage.Verdict
ASKED, NOT_ASKED, CAMPAIGN = "asked", "not_asked", "campaign"
# Whoever a search means is among these, or it says too little.
MOST_PEOPLE = 200
# An account's acts on one campaign; nobody pauses one a thousand times.
MOST_ACTS = 500
ACTS = {
    Action.CAMPAIGN_ACTIVATED: _("Activated"),
    Action.CAMPAIGN_TURNED_ACTIVE: _("Turned active with the first that matched"),
    Action.CAMPAIGN_PAUSED: _("Paused"),
    Action.CAMPAIGN_PAUSED_ITSELF: _("Paused itself"),
    Action.CAMPAIGN_KEPT_PAUSED: _("Kept paused"),
    Action.CAMPAIGN_RESUMED: _("Resumed"),
    Action.CAMPAIGN_COMPLETED: _("Completed"),
    Action.CAMPAIGN_CHANGED: _("Settings changed"),
}
# Of a message that the campaign's event is; the others are no answer to it.
OF_EVENTS = (
    *(Verdict.THROTTLED, Verdict.NOT_IDENTIFIED, Verdict.CONDITIONS, Verdict.SAMPLED_OUT),
    *(Verdict.SUPPRESSED, Verdict.NO_ADDRESS, Verdict.LATE, Verdict.HELD, Verdict.BURST),
    *(Verdict.NO_CAMPAIGN, Verdict.NO_USER_ID, Verdict.FAILED),
)
REASONS: dict[str, Any] = {each.value: each.label for each in OF_EVENTS} | {
    each.value: each.label for each in SkipReason
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the log is shown: an outcome or a reason, a person; empty for all."""

    outcome: str = ""
    q: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wanted:
        outcome = query.get("outcome", "")
        known = outcome in {ASKED, NOT_ASKED, CAMPAIGN, *REASONS}
        text = query.get("q", "").replace("\0", "").strip()[:200]
        return cls(outcome if known else "", text)

    def __bool__(self) -> bool:
        return bool(self.outcome or self.q)


@dataclass(frozen=True, slots=True)
class Miss:
    """An event that asked nobody, with its words and whose it was, if that is known."""

    inspected: Inspected
    contact: Contact | None


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody, or the campaign itself, did to the campaign."""

    event: AuditEvent
    words: str
    because: str
    changed: list[str]


@dataclass(frozen=True, slots=True)
class People:
    """Whom a search means."""

    contact_ids: Sequence[int]
    user_ids: Sequence[str]


def log_page(
    campaign: Campaign, wanted: Wanted, *, before: Cursor | None, size: int, now: datetime
) -> tuple[list[Entry], Cursor | None]:
    """The entries, newest first, and where the next page begins. The campaign's account
    is loaded."""
    people = _people(campaign, wanted.q) if wanted.q else None
    surveys = _surveys(campaign, wanted, people)
    shown = list(surveys.filter(_after(before))[: size + 1])
    messages = _messages(campaign, wanted, people)
    if before is not None:
        messages = messages.filter(pk__lt=before.message)
    if len(shown) > size:
        messages = messages.filter(pk__gt=_message_of(shown[-1]))
    rows = list(messages[: size + 1])
    inspected = inspect(account=campaign.account, messages=rows, now=now)
    contacts = _contacts(campaign, rows)
    return page_of_entries(
        message_entries(
            (
                (
                    each.message.pk,
                    each.message.received_at,
                    Miss(each, contacts.get(each.message.user_id)),
                )
                for each in inspected
            ),
            before=before,
        ),
        [
            *(Entry(row.triggered_at, Kind.SURVEY, row.pk, row) for row in shown),
            *_acts(campaign, wanted),
        ],
        before=before,
        size=size,
    )


def _surveys(campaign: Campaign, wanted: Wanted, people: People | None) -> QuerySet[Survey]:
    surveys = (
        Survey.objects.filter(campaign=campaign)
        .select_related("contact", "response")
        .prefetch_related("emails")
        .order_by("-triggered_at", "-pk")
    )
    if people is not None:
        surveys = surveys.filter(contact__in=people.contact_ids)
    if wanted.outcome == ASKED:
        return surveys.filter(skip_reason="")
    if wanted.outcome == NOT_ASKED:
        return surveys.exclude(skip_reason="")
    if wanted.outcome in SkipReason:
        return surveys.filter(skip_reason=wanted.outcome)
    return surveys.none() if wanted.outcome else surveys


def _after(before: Cursor | None) -> Q:
    """Those that may follow the cursor; the merge is exact."""
    if before is None:
        return Q()
    same = Q(triggered_at=before.at)
    if before.kind == Kind.SURVEY:
        same &= Q(pk__lt=before.pk)
    # The redundant bound is what lets both databases use the index.
    return Q(triggered_at__lte=before.at) & (Q(triggered_at__lt=before.at) | same)


def _messages(
    campaign: Campaign, wanted: Wanted, people: People | None
) -> QuerySet[SegmentMessage]:
    """Events of the campaign's name that brought no survey of its own, latest first."""
    is_left_out = wanted.outcome and wanted.outcome not in {NOT_ASKED, *OF_EVENTS}
    if not campaign.event_name or campaign.activated_at is None or is_left_out:
        return SegmentMessage.objects.none()
    messages = (
        SegmentMessage.objects.of_event(campaign.event_name)
        .filter(account=campaign.account_id, received_at__gte=campaign.activated_at)
        .exclude(verdict=Verdict.PENDING)
        .select_related("survey")
        .order_by("-pk")
    )
    own = Survey.objects.filter(campaign=campaign, trigger_id=OuterRef("message_id"))
    # Where several campaigns listen, a survey may be another's.
    messages = messages.filter(Q(survey=None) | ~Q(survey__campaign=campaign), ~Exists(own))
    if wanted.outcome in OF_EVENTS:
        messages = messages.filter(verdict=wanted.outcome)
    if people is not None:
        messages = messages.filter(user_id__in=people.user_ids).exclude(user_id="")
    return messages


def _message_of(survey: Survey) -> int:
    """The message that triggered it; 0 when it is kept no more. What came before it is
    not on the page, and where nearly all are asked that is many messages."""
    found = SegmentMessage.objects.filter(
        account=survey.account_id, message_id=survey.trigger_id
    )
    return found.values_list("pk", flat=True).first() or 0


def _people(campaign: Campaign, text: str) -> People:
    found = ContactFilter(q=text).contacts_of(campaign.account)
    pairs = list(found.order_by("pk").values_list("pk", "user_id")[:MOST_PEOPLE])
    # Who was never identified is no contact, but has a userId.
    user_ids = {text, *(user_id for _, user_id in pairs if user_id)}
    return People([pk for pk, _ in pairs], sorted(user_ids))


def _contacts(
    campaign: Campaign, messages: Sequence[SegmentMessage]
) -> dict[str | None, Contact]:
    user_ids = {each.user_id for each in messages} - {""}
    found = for_account(Contact, campaign.account).filter(user_id__in=user_ids)
    return {each.user_id: each for each in found} if user_ids else {}


def _acts(campaign: Campaign, wanted: Wanted) -> Iterator[Entry]:
    if wanted.q or wanted.outcome not in {"", CAMPAIGN}:
        return
    events = for_account(AuditEvent, campaign.account).filter(
        target_kind=Campaign._meta.label_lower, target_id=campaign.pk, action__in=ACTS
    )
    for event in events[:MOST_ACTS]:
        words = str(ACTS[Action(event.action)])
        act = Act(event, words, because(event), changed_names(event))
        yield Entry(event.at, Kind.CAMPAIGN, event.pk, act)
