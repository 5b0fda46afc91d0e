"""One row of everything, for tests that walk all models; and the admin's addresses."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import admin
from django.db import models
from django.urls import reverse

from campaigns.models import Campaign, EmailTemplate, Logo, TemplateVersion, Throttle
from contacts.import_jobs import ImportJob
from contacts.models import (
    Attribute,
    BulkJob,
    Contact,
    ContactList,
    ContactListMembership,
    SavedFilter,
    Suppression,
)
from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.invitations import Invitation
from promoter.accounts.models import Account, ApiKey, Membership, SenderCheck, User
from promoter.operations.models import TaskRun, Worker
from promoter.webhooks.models import Delivery, Endpoint, EventType
from segment_ingest.models import (
    Connection,
    DailyUsage,
    ErasedUser,
    EventCount,
    RefusedRequest,
    Replay,
    SegmentMessage,
)
from surveys.models import (
    Alert,
    AlertedAnswer,
    CannedReply,
    Case,
    CaseEvent,
    CaseMail,
    ExportJob,
    ForwardedResponse,
    ImportedAnswer,
    LinkVisit,
    Response,
    ResponseChange,
    Rule,
    ScoreWatch,
    Subscription,
    Survey,
    SurveyEmail,
    SuspectAnswer,
    Tag,
    TeamMail,
)
from surveys.rollups import DailyCohort, DailyScores, DirtyDay, Rollup, ValueSums
from tests.conftest import NOW


def address(model: type[models.Model], page: str, pk: int | None = None) -> str:
    """The path of a model's admin page: changelist, add, change, delete."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=[] if pk is None else [pk])


def own_models() -> list[type[models.Model]]:
    """The models that we registered, without Django's and Celery's."""
    apps = {"accounts", "contacts", "campaigns", "surveys", "segment_ingest"}
    apps |= {"webhooks", "operations"}
    return [model for model in admin.site._registry if model._meta.app_label in apps]


def make_rows(
    number: int, account: Account | None = None
) -> dict[type[models.Model], models.Model]:
    """One row of every model, named by the number, all in one account (a new one)."""
    account = account or Account.objects.create(name=f"Account {number}")
    user = User.objects.create(email=f"person{number}@example.com")
    contact = Contact(account=account, user_id=f"u{number}", attributes={"plan": "gold"})
    contact.set_email(f"contact{number}@example.com")
    contact.save()
    contact_list = ContactList.objects.create(account=account, name=f"List {number}")
    template = EmailTemplate.objects.create(
        account=account, name=f"Default {number}", subject="How did we do?", brand="Acme"
    )
    version = TemplateVersion.objects.create(
        account=account, template=template, number=1, created_at=NOW, **template.content()
    )
    throttle = Throttle.objects.create(account=account, name=f"Monthly {number}", days=30)
    campaign = Campaign.objects.create(
        account=account,
        name=f"After an order {number}",
        status=Campaign.Status.READY,
        event_name="Order Completed",
        email_template=template,
        contact_list=contact_list,
        throttle=throttle,
        activated_at=NOW,
    )
    survey = Survey.objects.create(
        account=account,
        campaign=campaign,
        contact=contact,
        trigger_id=f"m{number}",
        triggered_at=NOW,
        due_at=NOW,
        asked_at=NOW,
    )
    response = Response.objects.create(
        account=account,
        campaign=campaign,
        survey=survey,
        contact=contact,
        score=9,
        comment="Good. " * 40,
        responded_at=NOW + timedelta(hours=1),
        updated_at=NOW + timedelta(hours=1),
    )
    case = Case.objects.create(
        account=account, response=response, responded_at=response.responded_at
    )
    case.tags.add(tag := Tag.objects.create(account=account, name=f"Delivery {number}"))
    note = CaseEvent.objects.create(
        account=account, case=case, kind=CaseEvent.Kind.NOTE, text="Ask Bob", at=NOW
    )
    endpoint = Endpoint.objects.create(
        account=account, url=f"https://hooks{number}.example.com/nps"
    )
    member = Membership.objects.create(account=account, user=user)
    imported = ImportJob.objects.create(
        account=account,
        created_by=user,
        status=ImportJob.Status.DONE,
        kind=ImportJob.Kind.ANSWERS,
        file_name=f"answers{number}.csv",
        stored_name=f"{number}",
        encoding="utf-8",
        delimiter=",",
        finished_at=NOW,
    )
    alert = Alert.objects.create(account=account, kind=Alert.Kind.DETRACTORS, at=NOW)
    rows = [
        *(account, user, contact, contact_list, template, throttle, campaign, survey),
        version,
        Logo.objects.create(
            account=account,
            digest=f"{number:064x}",
            content=b"",
            content_type="image/png",
            width=1,
            height=1,
        ),
        member,
        Invitation.objects.create(
            account=account, email=f"invited{number}@example.com", expires_at=NOW
        ),
        ApiKey.objects.issue(account=account, name="Segment", now=NOW)[0],
        SenderCheck.objects.create(
            account=account, domain=f"mail{number}.example.com", checked_at=NOW
        ),
        record(
            account=account,
            actor=user,
            action=Action.CAMPAIGN_ACTIVATED,
            target=campaign,
            now=NOW,
        ),
        ContactListMembership.objects.create(contact=contact, contact_list=contact_list),
        Suppression.objects.create(
            account=account,
            address_digest=f"digest {number}",
            email="gone@example.com",
            reason=Suppression.Reason.MANUAL,
        ),
        SurveyEmail.objects.create(
            account=account,
            survey=survey,
            kind=SurveyEmail.Kind.INVITATION,
            status=SurveyEmail.Status.SENT,
            due_at=NOW,
            sent_at=NOW,
            template_version=version,
        ),
        response,
        case,
        tag,
        CannedReply.objects.create(account=account, name=f"Sorry {number}", text="Sorry!"),
        Rule.objects.create(account=account, name=f"Angry {number}", band="detractor"),
        note,
        CaseMail.objects.create(
            account=account,
            event=note,
            kind=CaseMail.Kind.REPLY,
            to=[contact.email],
            text="Sorry",
            due_at=NOW,
        ),
        SegmentMessage.objects.create(
            account=account,
            message_id=f"m{number}",
            type="track",
            event="Order Completed",
            body={"event": "Order Completed"},
            timestamp=NOW,
            received_at=NOW,
            survey=survey,
            verdict=SegmentMessage.Verdict.SCHEDULED,
            processed_at=NOW,
        ),
        ResponseChange.objects.create(
            account=account, response=response, score=3, changed_at=NOW
        ),
        SuspectAnswer.objects.create(
            account=account,
            survey=survey,
            score=0,
            reason=SuspectAnswer.Reason.TRAP,
            answered_at=NOW,
        ),
        Worker.objects.create(name=f"worker{number}@host", started_at=NOW, seen_at=NOW),
        TaskRun.objects.create(task=f"task{number}", done_at=NOW, runs=3),
        LinkVisit.objects.create(account=account, survey=survey, visited_at=NOW),
        ForwardedResponse.objects.create(account=account, response=response, due_at=NOW),
        DailyUsage.objects.create(account=account, day=NOW.date(), accepted=1),
        Attribute.objects.create(
            account=account,
            name=f"plan{number}",
            type=Attribute.Type.TEXT,
            last_seen_at=NOW,
        ),
        EventCount.objects.create(
            account=account,
            day=NOW.date(),
            type="track",
            event=f"Ordered {number}",
            count=1,
            last_seen_at=NOW,
        ),
        ErasedUser.objects.create(
            account=account, user_id_digest=f"digest {number}", erased_at=NOW
        ),
        Connection.objects.create(
            account=account, name=f"Webhooks {number}", token=f"token-{number}", secret="s"
        ),
        RefusedRequest.objects.create(
            account=account,
            hour=NOW,
            code="bad_json",
            message="The body is not valid JSON.",
            count=1,
            last_at=NOW,
        ),
        Replay.objects.create(
            account=account,
            campaign=campaign,
            event_name="Order Completed",
            since=NOW - timedelta(days=2),
            until=NOW,
            at=NOW,
            status=Replay.Status.DONE,
            queued_at=NOW,
            finished_at=NOW,
        ),
        BulkJob.objects.create(account=account, act=BulkJob.Act.STOP, created_by=user),
        SavedFilter.objects.create(account=account, name=f"Filter {number}", query="q=a"),
        imported,
        ImportedAnswer.objects.create(account=account, survey=survey, job=imported),
        ExportJob.objects.create(
            account=account, what="responses", form="csv", stored_name=f"export{number}"
        ),
        alert,
        AlertedAnswer.objects.create(account=account, response=response, settles_at=NOW),
        ScoreWatch.objects.create(account=account, days=7, next_at=NOW),
        Subscription.objects.create(
            account=account,
            membership=member,
            frequency="weekly",
            wants_detractors=True,
            wants_moves=True,
            next_at=NOW,
        ),
        TeamMail.objects.create(
            account=account,
            membership=member,
            kind=TeamMail.Kind.DETRACTORS,
            alert=alert,
            created_at=NOW,
            due_at=NOW,
        ),
        Rollup.objects.create(account=account, zone="UTC", through=NOW.date()),
        DirtyDay.objects.create(account=account, day=NOW.date(), marked_at=NOW),
        DailyScores.objects.create(account=account, campaign=campaign, day=NOW.date()),
        DailyCohort.objects.create(account=account, campaign=campaign, day=NOW.date()),
        ValueSums.objects.create(
            account=account, key=f"plan{number}", level=0, day=NOW.date()
        ),
        endpoint,
        Delivery.objects.create(
            account=account,
            endpoint=endpoint,
            event_type=EventType.RESPONSE_CREATED,
            payload="{}",
            created_at=NOW,
            due_at=NOW,
        ),
    ]
    return {type(row): row for row in rows}
