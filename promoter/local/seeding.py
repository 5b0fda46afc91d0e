"""The demo account: one person, one key, one campaign that waits for an order."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import check_password
from django.db import transaction

from campaigns.lifecycle import activate
from campaigns.models import Campaign, EmailTemplate
from contacts.models import ContactList
from promoter.accounts.addresses import confirm_if_unasked
from promoter.accounts.models import Account, ApiKey, Membership, User
from promoter.local.files import Demo

EVENT_NAME = "Order Completed"
CHANGED_PASSWORD = "(the password you chose)"  # noqa: S105 - shown instead of one


@transaction.atomic
def seed_demo(*, demo: Demo, now: datetime) -> Demo:
    """Make what is missing of the demo; what a person changed or deleted stays so.

    The answer is the credentials as they are valid now. The campaign has no throttle of
    its own: a second person is asked at once, the same person after SURVEY_FLOOR_HOURS.
    """
    user = User.objects.filter(email=demo.email).first()
    if user is None:
        user = User(email=demo.email, name="Sam Sample", is_staff=True, is_superuser=True)
    demo = _keep_password(user, demo)
    # The sample account came after it.
    membership = user.memberships.select_related("account").order_by("pk").first()
    account = membership.account if membership else _new_account(user, now)
    key = ApiKey.objects.matching(demo.segment_key)
    if key is None or key.account_id != account.pk:
        _, text = ApiKey.objects.issue(account=account, name="Key of the demo", now=now)
        demo = _with(demo, segment_key=text)
    return demo


def _with(demo: Demo, **changes: str) -> Demo:
    return Demo(**{**vars(demo), **changes})


def _keep_password(user: User, demo: Demo) -> Demo:
    if user.pk is None or not demo.password_hash:
        password = demo.password if demo.password != CHANGED_PASSWORD else Demo().password
        user.set_password(password)
        user.save()
        confirm_if_unasked(user)
        return _with(demo, password=password, password_hash=user.password)
    # Equal hashes spare the slow comparison at every start; a sign-in may renew the hash.
    if user.password != demo.password_hash and not check_password(
        demo.password, user.password
    ):
        return _with(demo, password=CHANGED_PASSWORD, password_hash=user.password)
    return _with(demo, password_hash=user.password)


def _new_account(user: User, now: datetime) -> Account:
    account = Account.objects.create(
        name="Demo Shop", postal_address="Demo Shop Ltd, 1 Example Street, 12345 Sampletown"
    )
    Membership.objects.create(account=account, user=user, role=Membership.Role.OWNER)
    template = EmailTemplate.objects.create(
        account=account,
        name="After an order",
        subject="How did we do?",
        preheader="One question, one click.",
        from_name="Demo Shop",
        brand="Demo Shop",
        intro='Hi {{ contact.first_name|default:"there" }}, thank you for your order.',
        thank_you="Thank you. Every answer is read by a person.",
    )
    campaign = Campaign.objects.create(
        account=account,
        name="After an order",
        event_name=EVENT_NAME,
        email_template=template,
        contact_list=ContactList.objects.create(account=account, name="Segment List"),
        reminder_after=3,
        created_at=now,
    )
    activate(campaign=campaign, now=now)
    return account
