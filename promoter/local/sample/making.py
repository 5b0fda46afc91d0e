"""Write the sample account: its rows are those that the story would have left behind.

In bulk, as a second of the first start is all there is for it; so it keeps by itself what
the acts of the product keep: which answer is a person's latest, who is in which list, what
became of each case, and which days' sums no longer hold. Nothing in it is due any more, and
nobody in it wants mail.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from campaigns.models import Campaign, EmailTemplate, Throttle
from campaigns.template_versions import version_of
from contacts.catalogue import note_attributes
from contacts.models import Contact, ContactList, ContactListMembership, Suppression
from promoter.accounts.access import for_account
from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account, Membership, User
from promoter.accounts.opening import open_account
from promoter.local.sample.cases import handle_cases
from promoter.local.sample.events import store_events
from promoter.local.sample.story import (
    COURSES,
    DAY,
    DAYS,
    ONBOARDING,
    PAUSE,
    Ask,
    Course,
    Story,
    tell,
)
from surveys.daily_sums.rolling_up import mark_changed
from surveys.digests.subscriptions import Frequency
from surveys.models import Response, Subscription, Survey, SurveyEmail

NAME = "Sample Company"
BOUNCED, DELIVERED = SurveyEmail.Outcome.BOUNCED, SurveyEmail.Outcome.DELIVERED
TEAM_MATE = ("robin@sample.example", "Robin Rivers")


@transaction.atomic
def make_sample(*, owner: User, now: datetime) -> Account:
    """An account with four months of invented answers, of which this person is an owner.

    The membership is as old as the story: where one signs in stays where it was.
    """
    story, begun = tell(now=now), now - (DAYS + 8) * DAY
    account = Account(
        name=NAME,
        postal_address="Sample Company Ltd, 2 Example Street, 12345 Sampletown",
        first_steps_dismissed_at=begun,
    )
    mine = open_account(account=account, owner=owner, now=begun)
    team = [mine, _team_mate(account, begun)]
    _leave_in_peace(team)
    campaigns = _campaigns(account, owner, now)
    contacts = _contacts(account, story, now)
    surveys = _surveys(story, campaigns, contacts)
    _mails(surveys, campaigns)
    _fill_lists(account, story, contacts)
    _suppress(story, contacts)
    responses = _responses(surveys)
    handle_cases(responses, team=team, now=now)
    store_events(story, surveys, account=account, now=now)
    mark_changed(
        account=account,
        at=[each.responded_at for _, each in responses],
        asked_at=[survey.asked_at for _, survey in surveys],
        now=now,
    )
    return account


def _team_mate(account: Account, begun: datetime) -> Membership:
    """Somebody to share the work with, who can't sign in."""
    email, name = TEAM_MATE
    user, created = User.objects.get_or_create(email=email, defaults={"name": name})
    if created:
        user.set_unusable_password()
        user.save()
    return Membership.objects.create(
        account=account, user=user, role=Membership.Role.EDITOR, created_at=begun
    )


def _leave_in_peace(team: list[Membership]) -> None:
    """No digest and no alert about what never happened."""
    Subscription.objects.bulk_create(
        Subscription(
            account_id=each.account_id,
            membership=each,
            frequency=Frequency.NEVER,
            wants_detractors=False,
            wants_moves=False,
        )
        for each in team
    )


def _campaigns(account: Account, owner: User, now: datetime) -> dict[Course, Campaign]:
    throttle = Throttle(account=account, days=PAUSE.days)
    throttle.name = throttle.rule
    throttle.save()
    made = {}
    for course in COURSES:
        begun = now - (course.first + 1) * DAY
        made[course] = campaign = Campaign.objects.create(
            account=account,
            name=course.name,
            event_name=course.event,
            email_template=_template(account, course, begun),
            contact_list=ContactList.objects.create(
                account=account, name=course.list_name, created_at=begun
            ),
            throttle=throttle,
            status=Campaign.Status.ACTIVE if not course.last else Campaign.Status.COMPLETE,
            created_at=begun,
            activated_at=begun + timedelta(minutes=20),
            first_event_at=begun + DAY,
        )
        acts = {Action.CAMPAIGN_CREATED: begun, Action.CAMPAIGN_ACTIVATED: begun}
        if course.last:
            acts[Action.CAMPAIGN_COMPLETED] = now - (course.last - 4) * DAY
        for action, at in acts.items():
            record(account=account, actor=owner, action=action, target=campaign, now=at)
    return made


def _template(account: Account, course: Course, begun: datetime) -> EmailTemplate:
    reason = "getting started" if course is ONBOARDING else "your project"
    return EmailTemplate.objects.create(
        account=account,
        name=course.name,
        subject="How likely are you to recommend us?",
        preheader="One question, one click.",
        from_name=NAME,
        brand=NAME,
        intro='Hi {{ contact.first_name|default:"there" }}, '
        f"you are done with {reason}. How was it?",
        thank_you="Thank you. Robin reads every answer.",
        created_at=begun,
        updated_at=begun,
    )


def _contacts(account: Account, story: Story, now: datetime) -> dict[int, Contact]:
    rows = []
    for person in story.people:
        at = person.known_since
        stamp = at.isoformat()
        contact = Contact(
            account=account,
            user_id=person.user_id,
            first_name=person.first_name,
            last_name=person.last_name,
            attributes=person.attributes,
            attribute_times=dict.fromkeys(person.attributes, stamp),
            column_times=dict.fromkeys(("email", "first_name", "last_name"), stamp),
            created_at=at,
            updated_at=at,
        )
        contact.set_email(person.email)
        rows.append(contact)
    Contact.objects.bulk_create(rows)
    note_attributes(account=account, values=story.people[-1].attributes, now=now)
    numbers = [person.number for person in story.people]
    return dict(zip(numbers, rows, strict=True))


def _surveys(
    story: Story, campaigns: dict[Course, Campaign], contacts: dict[int, Contact]
) -> list[tuple[Ask, Survey]]:
    rows = []
    for ask in story.asks:
        campaign, contact = campaigns[ask.course], contacts[ask.person.number]
        rows.append(
            Survey(
                account_id=campaign.account_id,
                campaign=campaign,
                contact=contact,
                trigger_id=ask.trigger_id,
                attributes=contact.attributes,
                address_digest=contact.address_digest,
                triggered_at=ask.at,
                due_at=ask.at,
                asked_at=ask.at + timedelta(seconds=2),
            )
        )
    Survey.objects.bulk_create(rows)
    return list(zip(story.asks, rows, strict=True))


def _mails(surveys: list[tuple[Ask, Survey]], campaigns: dict[Course, Campaign]) -> None:
    versions = {}
    for course, campaign in campaigns.items():
        assert campaign.email_template is not None  # noqa: S101 - made above
        template = campaign.email_template
        versions[course] = version_of(template=template, now=template.created_at)
    SurveyEmail.objects.bulk_create(
        SurveyEmail(
            account_id=survey.account_id,
            survey=survey,
            kind=SurveyEmail.Kind.INVITATION,
            status=SurveyEmail.Status.SENT,
            due_at=ask.at,
            sent_at=survey.asked_at,
            attempt=1,
            template_version=versions[ask.course],
            outcome=BOUNCED if ask.fate == BOUNCED else DELIVERED,
            outcome_at=ask.at + timedelta(seconds=40),
        )
        for ask, survey in surveys
    )


def _fill_lists(account: Account, story: Story, contacts: dict[int, Contact]) -> None:
    """Whom a campaign asks is added to its list."""
    lists = {one.name: one for one in for_account(ContactList, account)}
    since: dict[tuple[str, int], datetime] = {}
    for ask in story.asks:
        since.setdefault((ask.course.list_name, ask.person.number), ask.at)
    ContactListMembership.objects.bulk_create(
        ContactListMembership(
            contact_list=lists[name], contact=contacts[number], added_at=at
        )
        for (name, number), at in since.items()
    )


def _suppress(story: Story, contacts: dict[int, Contact]) -> None:
    rows = []
    for ask in story.asks:
        if ask.fate:
            contact = contacts[ask.person.number]
            rows.append(
                Suppression(
                    account_id=contact.account_id,
                    address_digest=contact.address_digest,
                    email=contact.email,
                    reason=Suppression.Reason(ask.fate),
                    created_at=ask.at + timedelta(minutes=3),
                )
            )
    Suppression.objects.bulk_create(rows)


def _responses(surveys: list[tuple[Ask, Survey]]) -> list[tuple[Ask, Response]]:
    """In the order in which they came, each with when the person's next one did."""
    came = sorted(
        ((ask.answered_at, ask, survey) for ask, survey in surveys if ask.answered_at),
        key=lambda each: each[0],
    )
    made: list[tuple[Ask, Response]] = []
    latest: dict[int | None, Response] = {}
    for at, ask, survey in came:
        row = Response(
            account_id=survey.account_id,
            campaign_id=survey.campaign_id,
            survey=survey,
            contact_id=survey.contact_id,
            score=ask.score,
            comment=ask.comment,
            attributes=survey.attributes,
            responded_at=at,
            updated_at=at,
        )
        if before := latest.get(survey.contact_id):
            before.superseded_at = at
        latest[survey.contact_id] = row
        made.append((ask, row))
    Response.objects.bulk_create(row for _, row in made)
    return made
