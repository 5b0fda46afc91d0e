"""One row of everything, and the admin's pages of it, for the tests of admin.py."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import admin
from django.db import models
from django.urls import reverse

from campaigns.models import Campaign, EmailTemplate, Throttle
from contacts.models import Contact, ContactList, ContactListMembership, Suppression
from promoter.accounts.models import Account, ApiKey, Membership, User
from segment_ingest.models import DailyUsage, SegmentMessage
from surveys.models import Response, Survey, SurveyEmail
from tests.conftest import NOW


def address(model: type[models.Model], page: str, pk: int | None = None) -> str:
    """The path of a model's admin page: changelist, add, change, delete."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=[] if pk is None else [pk])


def own_models() -> list[type[models.Model]]:
    """The models that we registered, without Django's and Celery's."""
    apps = {"accounts", "contacts", "campaigns", "surveys", "segment_ingest", "webhooks"}
    return [model for model in admin.site._registry if model._meta.app_label in apps]


def make_rows(number: int) -> dict[type[models.Model], models.Model]:
    """One row of every model, all in an account of its own."""
    account = Account.objects.create(name=f"Account {number}")
    user = User.objects.create(email=f"person{number}@example.com")
    contact = Contact(account=account, user_id=f"u{number}", attributes={"plan": "gold"})
    contact.set_email(f"contact{number}@example.com")
    contact.save()
    contact_list = ContactList.objects.create(account=account, name="List")
    template = EmailTemplate.objects.create(
        account=account, name="Default", subject="How did we do?", brand="Acme"
    )
    throttle = Throttle.objects.create(account=account, name="Monthly", days=30)
    campaign = Campaign.objects.create(
        account=account,
        name="After an order",
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
    rows = [
        *(account, user, contact, contact_list, template, throttle, campaign, survey),
        Membership.objects.create(account=account, user=user),
        ApiKey.objects.issue(account=account, name="Segment", now=NOW)[0],
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
        ),
        Response.objects.create(
            account=account,
            campaign=campaign,
            survey=survey,
            contact=contact,
            score=9,
            comment="Good. " * 40,
            responded_at=NOW + timedelta(hours=1),
            updated_at=NOW + timedelta(hours=1),
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
        DailyUsage.objects.create(account=account, day=NOW.date(), accepted=1),
    ]
    return {type(row): row for row in rows}
