"""What a person's timeline is made of, in a fixed number of indexed queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from campaigns.models import Campaign
from contacts.models import Contact, Suppression
from segment_ingest.inspecting import inspect
from segment_ingest.models import SegmentMessage
from segment_ingest.standing import Known, Moment, free_from
from segment_ingest.timeline import (
    Cursor,
    Entry,
    Kind,
    message_entries,
    page_of_entries,
)
from surveys.eligibility import Ask, Spacing
from surveys.models import Response, Survey, SurveyEmail
from surveys.nps import Band, band

# One ask a day at most, by default: more than a year of them.
MOST_SURVEYS = 500
# Among the newest so many, the last event that could have led to a survey is looked for.
MESSAGES_LOOKED_AT = 100

Verdict = SegmentMessage.Verdict
Status = SurveyEmail.Status
# An event that a campaign listened to, and that brought no survey.
MISSES = {
    *(Verdict.NOT_IDENTIFIED, Verdict.THROTTLED, Verdict.SUPPRESSED, Verdict.NO_ADDRESS),
    *(Verdict.LATE, Verdict.HELD, Verdict.CONDITIONS, Verdict.SAMPLED_OUT, Verdict.BURST),
    Verdict.FAILED,
}

MATTERED = MISSES | {Verdict.SCHEDULED, Verdict.WITHDREW}


@dataclass(frozen=True)
class Person:
    """A contact with all that was asked of them and why they must not be mailed."""

    contact: Contact
    surveys: Sequence[Survey]
    suppression: Suppression | None

    @classmethod
    def of(cls, contact: Contact) -> Person:
        surveys = (
            Survey.objects.filter(account=contact.account_id, contact=contact)
            .select_related("campaign", "response")
            .prefetch_related("emails", "response__changes", "suspect_answers")
        )
        suppression = None
        if contact.address_digest:
            suppression = Suppression.objects.filter(
                account=contact.account_id, address_digest=contact.address_digest
            ).first()
        return cls(contact, list(surveys[:MOST_SURVEYS]), suppression)


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody answered to a survey at one moment, and the score before, if any."""

    survey: Survey
    score: int
    comment: str
    before: int | None = None

    @property
    def band(self) -> Band:
        return band(self.score)


def timeline_page(
    person: Person, *, before: Cursor | None, size: int, now: datetime, asks_only: bool
) -> tuple[list[Entry], Cursor | None]:
    """The entries, newest first, and where the next page begins.

    `asks_only` leaves out messages that no campaign had anything to do with.
    """
    messages = _messages(person.contact)
    if asks_only:
        messages = messages.filter(verdict__in=MATTERED)
    if before:
        messages = messages.filter(pk__lt=before.message)
    rows = list(messages.select_related("survey")[: size + 1])
    inspected = inspect(account=person.contact.account, messages=rows, now=now)
    return page_of_entries(
        message_entries(
            ((each.message.pk, each.message.received_at, each) for each in inspected),
            before=before,
        ),
        _others(person, now),
        before=before,
        size=size,
    )


def known_of(person: Person, *, now: datetime) -> Known:
    contact = person.contact
    invitations = [(survey, _invitation(survey)) for survey in person.surveys]
    here = [survey for survey, mail in invitations if _is_an_ask(survey, mail)]
    others = _asks_of_address(contact)
    went_out = [survey for survey in [*here, *others] if _went_out(survey)]
    last = max(went_out, key=_asked_at, default=None)
    waiting = [survey for survey in here if not _went_out(survey)]
    following = min(waiting, key=lambda survey: survey.due_at, default=None)
    asks = [Ask(survey.campaign_id, survey.due_at) for survey in [*here, *others]]
    live = _live_campaigns(contact)
    same = [pair for pair in live if last and pair[0] == last.campaign_id]
    tracks = _newest_tracks(contact)
    missed, because = _missed(invitations, tracks)
    return Known(
        has_address=bool(contact.email),
        has_user_id=bool(contact.user_id),
        sends_events=bool(tracks),
        days_kept=settings.SEGMENT_DEDUP_DAYS,
        suppressed=_suppressed(person.suppression),
        asked=Moment(_asked_at(last), last.campaign.name) if last else None,
        asked_as_another=last is not None and last.contact_id != contact.pk,
        planned=Moment(following.due_at, following.campaign.name) if following else None,
        missed=missed,
        missed_because=because,
        free_from=free_from(live, asks, now=now),
        same_from=free_from(same, asks, now=now),
    )


def _messages(contact: Contact) -> QuerySet[SegmentMessage]:
    messages = SegmentMessage.objects.filter(account=contact.account_id)
    return messages.of_user(contact.user_id or "").order_by("-pk")


def _newest_tracks(contact: Contact) -> list[SegmentMessage]:
    newest = _messages(contact).only("type", "event", "verdict", "received_at")
    return [row for row in newest[:MESSAGES_LOOKED_AT] if row.type == "track"]


def _asks_of_address(contact: Contact) -> list[Survey]:
    """Those under other contacts with this address: throttles count them too."""
    if not contact.address_digest:
        return []
    rows = (
        Survey.objects.filter(
            Q(asked_at__isnull=False) | Q(campaign__kind=Campaign.Kind.IMPORTED),
            account=contact.account_id,
            address_digest=contact.address_digest,
            skip_reason="",
        )
        .exclude(contact=contact)
        .select_related("campaign")
        .order_by("-due_at")
    )
    return list(rows[:MOST_SURVEYS])


def _live_campaigns(contact: Contact) -> list[tuple[int, Spacing]]:
    campaigns = Campaign.objects.live().filter(account=contact.account_id)
    return [
        (each.pk, Spacing.of(each.throttle, floor_hours=settings.SURVEY_FLOOR_HOURS))
        for each in campaigns.select_related("throttle")
    ]


def _went_out(survey: Survey) -> bool:
    """From here, or from the tool that an imported answer comes from."""
    return survey.asked_at is not None or survey.campaign.is_imported


def _is_an_ask(survey: Survey, mail: SurveyEmail | None) -> bool:
    """As throttles see it (surveys.asking.asks): one that waits is none while its campaign
    is not live, as it does not go out."""
    if survey.skip_reason or _went_out(survey):
        return not survey.skip_reason
    if mail is None or _given_up(mail):
        return False
    may_have_left = mail.may_have_left or mail.status in (Status.HANDOFF, Status.UNCERTAIN)
    return may_have_left or survey.campaign.is_live


def _asked_at(survey: Survey) -> datetime:
    return survey.asked_at or survey.due_at


def _invitation(survey: Survey) -> SurveyEmail | None:
    mails = survey.emails.all()
    return next((mail for mail in mails if mail.kind == SurveyEmail.Kind.INVITATION), None)


def _given_up(mail: SurveyEmail | None) -> bool:
    return mail is None or mail.status in (Status.FAILED, Status.CANCELLED)


def _suppressed(row: Suppression | None) -> Moment | None:
    return Moment(row.created_at, row.reason) if row else None


def _missed(
    invitations: Sequence[tuple[Survey, SurveyEmail | None]],
    tracks: Sequence[SegmentMessage],
) -> tuple[Moment | None, str]:
    """The last occasion that came to nothing, and how."""
    found: list[tuple[Moment, str]] = []
    for survey, mail in invitations:
        survey_of = Moment(
            survey.triggered_at,
            gettext("the survey “%(campaign)s”") % {"campaign": survey.campaign.name},
        )
        if survey.skip_reason:
            found.append((survey_of, _lower(survey.get_skip_reason_display())))
        elif mail is not None and mail.status == Status.FAILED:
            found.append((survey_of, gettext("the mail could not be delivered")))
    for row in tracks:
        if row.verdict in MISSES:
            event = Moment(
                row.received_at, gettext("the event “%(event)s”") % {"event": row.event}
            )
            found.append((event, _lower(row.get_verdict_display())))
            break
    return max(found, key=lambda pair: pair[0].at, default=(None, ""))


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def _others(person: Person, now: datetime) -> Iterator[Entry]:
    """Everything but messages."""
    contact, suppression = person.contact, person.suppression
    yield Entry(contact.created_at, Kind.CONTACT, contact.pk, contact)
    if suppression is not None:
        yield Entry(suppression.created_at, Kind.SUPPRESSION, suppression.pk, suppression)
    for survey in person.surveys:
        yield Entry(survey.triggered_at, Kind.SURVEY, survey.pk, survey)
        if survey.skipped_at:
            yield Entry(survey.skipped_at, Kind.SKIPPED, survey.pk, survey)
        for mail in survey.emails.all():
            mail.survey = survey
            if mail.status != Status.CANCELLED or not survey.skip_reason:
                yield Entry(_moment_of(mail, suppression, now), Kind.MAIL, mail.pk, mail)
            if mail.outcome_at:
                yield Entry(mail.outcome_at, Kind.OUTCOME, mail.pk, mail)
        yield from _answers(survey)


def _answers(survey: Survey) -> Iterator[Entry]:
    """What they said, each word as it was when it came, and what a machine may have."""
    for suspect in survey.suspect_answers.all():
        suspect.survey = survey
        yield Entry(suspect.answered_at, Kind.QUARANTINE, suspect.pk, suspect)
    if survey.answer_deleted_at:
        yield Entry(survey.answer_deleted_at, Kind.DELETION, survey.pk, survey)
    response: Response | None = getattr(survey, "response", None)
    if response is None:
        return
    # A change keeps what was said before it: read backwards, each row holds its words.
    score, comment = response.score, response.comment
    for change in response.changes.all():
        word = Word(survey, score, comment, before=change.score)
        yield Entry(change.changed_at, Kind.CHANGE, change.pk, word)
        score, comment = change.score, change.comment
    word = Word(survey, score, comment)
    yield Entry(response.responded_at, Kind.ANSWER, response.pk, word)


def _moment_of(mail: SurveyEmail, stop: Suppression | None, now: datetime) -> datetime:
    """When it went, or goes. A cancelled one has no time of its own: it is that of the
    answer or of the word that stopped it, at the latest when it was due."""
    if mail.status == Status.SCHEDULED:
        return mail.due_at
    if mail.status != Status.CANCELLED:
        return mail.sent_at or mail.due_at
    response: Response | None = getattr(mail.survey, "response", None)
    if response is not None:
        return response.responded_at
    if mail.survey.answer_deleted_at is not None:
        return min(mail.due_at, mail.survey.answer_deleted_at)
    return min(mail.due_at, stop.created_at if stop else now, now)
