"""Look again, just before sending, whether what was true at scheduling still is.

Weeks may lie between the two: the campaign was paused, the person unsubscribed, answered,
changed their address, was taken out of the list or asked by another campaign; the send
window is another one, or closed by now. A fixed number of queries for any number of mails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction

from campaigns.models import MAX_THROTTLE_DAYS
from contacts.models import ContactListMembership, Suppression
from surveys.answering.deleting import DELETED
from surveys.asking.asks import KnownAsk, known_asks
from surveys.asking.send_windows import opens_at
from surveys.asking.turns import is_repeat
from surveys.eligibility import Ask, Spacing, first_allowed, skip_reason
from surveys.models import Response, SkipReason, Survey, SurveyEmail
from surveys.reminding import plan_reminders
from surveys.stopping import call_off

# An ask may go out later than it was due. One that was more than this late is not seen.
MAX_LATENESS = timedelta(days=30)
# Of two asks that were planned far enough apart the second waits so long for a first that
# went out late, whatever its throttle says: else a minute in a queue would skip it.
GRACE = timedelta(hours=1)
DAYS_OF_WAITING = timedelta(days=1)
ANSWERED = "Answered"
CLOSED = "Survey closed"

# A mail that may have left, and is not sent again for one of these, may be later.
MAY_PASS = (SkipReason.CAMPAIGN_INACTIVE, SkipReason.THROTTLED)

Kind, Status = SurveyEmail.Kind, SurveyEmail.Status
Address = tuple[int, str]
"""Account id and address digest: one mailbox as one account knows it."""


def recheck(emails: Sequence[SurveyEmail], *, now: datetime) -> list[SurveyEmail]:
    """Those of the claimed mails that may go out now. The others are called off with a
    reason, or wait in the outbox for the next opening of the window, for their turn.

    The survey records why nobody was asked. A reminder's survey was asked: there only the
    mail says why it did not go.
    """
    suppressed = _suppressed(emails)
    answered = set(
        Response.objects.filter(survey__in=[email.survey_id for email in emails])
        .values_list("survey_id", flat=True)
    )  # fmt: skip
    asks, left = _asks(emails, now=now), _left_their_list(emails)
    allowed: list[SurveyEmail] = []
    refused: dict[str, list[SurveyEmail]] = defaultdict(list)
    waits: list[tuple[SurveyEmail, datetime]] = []
    gave_way: set[int] = set()
    for email in sorted(emails, key=_turn):
        if over := _over(email.survey, answered=answered, now=now):
            refused[over].append(email)
            continue
        others = [ask for ask in asks[email.survey_id] if ask.survey_id not in gave_way]
        reason, at = _decide(email, suppressed=suppressed, others=others, now=now)
        if reason is None and email.survey_id in left:
            reason = SkipReason.LEFT_LIST
        if reason:
            refused[reason].append(email)
        elif at > now:
            waits.append((email, at))
        else:
            allowed.append(email)
            continue
        if not email.may_have_left:
            gave_way.add(email.survey_id)
    _withdraw(refused, now=now)
    if waits:
        _postpone(waits, now=now)
    _follow_addresses(allowed)
    return allowed


def _over(survey: Survey, *, answered: set[int], now: datetime) -> str:
    """Why there is nothing left to ask, or nothing: a mail may be sent again by hand."""
    if survey.pk in answered:
        return ANSWERED
    if survey.answer_deleted_at is not None:
        # They have heard the question, and took back what they said.
        return DELETED
    # After months its link leads nowhere.
    return CLOSED if survey.asked_at is not None and survey.closes_at <= now else ""


def _turn(email: SurveyEmail) -> tuple[bool, datetime, int]:
    """Whoever may have been asked is before all who were not."""
    return not email.may_have_left, email.survey.due_at, email.survey_id


def _decide(
    email: SurveyEmail,
    *,
    suppressed: set[Address],
    others: Sequence[KnownAsk],
    now: datetime,
) -> tuple[SkipReason | None, datetime]:
    """Why it must not go out; without a reason, when it may: now or later."""
    survey, contact = email.survey, email.survey.contact
    if survey.skip_reason:
        return SkipReason(survey.skip_reason), now
    opens = partial(
        opens_at,
        campaign=survey.campaign,
        account=email.account,
        attributes=contact.attributes if contact else {},
    )
    ask = Ask(survey.campaign_id, opens(now))
    spacing = _spacing(survey)
    # A reminder belongs to an ask that was allowed.
    is_invitation = email.kind == Kind.INVITATION
    before = [
        each
        for each in others
        if is_invitation and each.precedes(survey, may_have_left=email.may_have_left)
    ]
    asks = [each.ask(now) for each in before]
    reason = skip_reason(
        ask=ask,
        spacing=spacing,
        other_asks=asks,
        campaign_live=survey.campaign.is_live,
        email=contact.email if contact else "",
        suppressed=_address(email) in suppressed,
        erased=contact is None,
    )
    if reason != SkipReason.THROTTLED:
        return reason, ask.due_at
    latest = _patience_ends(survey)
    if spacing.allows(
        Ask(survey.campaign_id, survey.due_at), (each.planned for each in before)
    ):
        latest = max(latest, ask.due_at + GRACE)
    turn = first_allowed(
        ask=ask, spacing=spacing, other_asks=asks, opens_at=opens, latest=latest
    )
    return (reason, now) if turn is None else (None, turn)


def _spacing(survey: Survey) -> Spacing:
    """A campaign's own repeat keeps the floor only."""
    repeats = is_repeat(survey.campaign.kind, survey.trigger_id)
    throttle = None if repeats else survey.campaign.throttle
    return Spacing.of(throttle, floor_hours=settings.SURVEY_FLOOR_HOURS)


def _patience_ends(survey: Survey) -> datetime:
    """Until when the throttle lets a survey wait for its turn."""
    throttle = survey.campaign.throttle
    days = survey.campaign.delivery_delay + (throttle.defer_days if throttle else 0)
    return survey.triggered_at + timedelta(days=days)


def _address(email: SurveyEmail) -> Address:
    """Where the mail would go now, which may not be where it was scheduled to go."""
    contact = email.survey.contact
    return email.account_id, contact.address_digest if contact else ""


def _suppressed(emails: Sequence[SurveyEmail]) -> set[Address]:
    addresses = {_address(email) for email in emails}
    rows = Suppression.objects.filter(
        account__in={account for account, _ in addresses},
        address_digest__in={digest for _, digest in addresses},
    )
    return set(rows.values_list("account_id", "address_digest")) & addresses


def _left_their_list(emails: Sequence[SurveyEmail]) -> set[int]:
    """The surveys of campaigns to a list whose contact was taken out of it before being
    asked. No query where there are none of these campaigns."""
    asking = {
        email.survey_id: (email.survey.campaign.contact_list_id, email.survey.contact_id)
        for email in emails
        if email.kind == Kind.INVITATION and email.survey.campaign.asks_a_list
    }
    if not asking:
        return set()
    places = ContactListMembership.objects.filter(
        contact_list__in={a for a, _ in asking.values()},
        contact__in={b for _, b in asking.values() if b is not None},
    )
    inside = set(places.values_list("contact_list_id", "contact_id"))
    return {survey for survey, place in asking.items() if place not in inside}


def _asks(emails: Sequence[SurveyEmail], *, now: datetime) -> dict[int, list[KnownAsk]]:
    """Survey id -> all asks of the same contact or the same address, itself included."""
    invitations = [
        email
        for email in emails
        if email.kind == Kind.INVITATION and email.survey.contact_id
    ]
    known = known_asks(
        accounts={email.account_id for email in invitations},
        contacts={pk for email in invitations if (pk := email.survey.contact_id)},
        digests={_address(email)[1] for email in invitations},
        since=now - timedelta(days=MAX_THROTTLE_DAYS) - MAX_LATENESS,
    )
    by_contact: dict[int | None, list[KnownAsk]] = defaultdict(list)
    by_address: dict[Address, list[KnownAsk]] = defaultdict(list)
    for ask in known:
        by_contact[ask.contact_id].append(ask)
        for digest in ask.digests:
            by_address[ask.account_id, digest].append(ask)
    found: dict[int, list[KnownAsk]] = defaultdict(list)
    for email in invitations:
        found[email.survey_id] = [
            *by_contact[email.survey.contact_id],
            *by_address[_address(email)],
        ]
    return found


def _withdraw(refused: dict[str, list[SurveyEmail]], *, now: datetime) -> None:
    """Call off the mails that are still ours, and record why on their surveys.

    An invitation that is uncertain again has its reminder as its second try.
    """
    for reason, emails in refused.items():
        label = str(SkipReason(reason).label if reason in SkipReason else reason)
        with transaction.atomic():
            never_asked = []
            # In one order, as the sweep of dead claims: else the two could deadlock.
            for email in sorted(emails, key=lambda each: each.pk):
                ours = call_off(
                    SurveyEmail.objects.held(email, Status.SENDING),
                    why=label,
                    now=now,
                    may_go_again=reason in MAY_PASS,
                )
                if not ours:
                    continue
                if email.may_have_left and reason in MAY_PASS:
                    plan_reminders([email], now=now)
                elif email.kind == Kind.INVITATION and not email.may_have_left:
                    never_asked.append(email.survey_id)
            if reason in SkipReason:
                Survey.objects.filter(
                    pk__in=never_asked, asked_at=None, skip_reason=""
                ).update(skip_reason=reason, skipped_at=now)


def _postpone(waits: Sequence[tuple[SurveyEmail, datetime]], *, now: datetime) -> None:
    """Back into the outbox until then. The survey is planned for then, too: that is what
    throttles count, and another ask that is due before goes first.

    The 72 hours of retries stand still over a wait of days, in which nothing is tried; a
    wait until the morning counts, or a mail refused each day would be tried for ever.
    """
    with transaction.atomic():
        for email, until in sorted(waits, key=lambda wait: wait[0].pk):
            since, wait = email.failing_since, until - now
            if since is not None and wait >= DAYS_OF_WAITING:
                since += wait
            ours = SurveyEmail.objects.held(email, Status.SENDING).update(
                status=Status.SCHEDULED,
                lease_until=None,
                due_at=until,
                failing_since=since,
            )
            if ours and email.kind == Kind.INVITATION:
                Survey.objects.filter(pk=email.survey_id).update(due_at=until)


def _follow_addresses(emails: Sequence[SurveyEmail]) -> None:
    """Throttles must count the mailbox that gets the mail, when it changed meanwhile.

    Not a reminder's: the survey stays known by where it was asked, so that an unsubscribe
    holds there too.
    """
    for email in emails:
        digest = _address(email)[1]
        if email.survey.asked_at is None and email.survey.address_digest != digest:
            email.survey.address_digest = digest
            email.survey.save(update_fields=["address_digest"])
