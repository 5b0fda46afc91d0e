"""The settings, by eye and by ear: every page, wide and narrow, light and dark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import ApiKey

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_settings_are_usable_by_everybody(
    sign_in, assert_accessible, alice, bob, account, campaign
):
    now = timezone.now()
    key, _ = ApiKey.objects.issue(
        account=account, name="Shop", now=now - timedelta(days=30)
    )
    key.note_use(now=now)
    ApiKey.objects.issue(account=account, name="Old shop", now=now)[0].revoke(now=now)
    acts = [
        (alice, Action.CAMPAIGN_ACTIVATED, {}),
        (bob, Action.CAMPAIGN_CHANGED, {"changed": ["Reminder", "Delivery delay"]}),
    ]
    for hours, (actor, action, rest) in enumerate(acts):
        at = now - timedelta(hours=hours)
        record(account=account, actor=actor, action=action, target=campaign, now=at, **rest)
    page = sign_in(alice)
    page.goto("/")
    page.get_by_role("button", name="Alice").click()
    page.get_by_role("link", name="Settings").click()
    sections = page.get_by_role("navigation", name="Settings")
    for name in sections.get_by_role("link").all_inner_texts():
        sections.get_by_role("link", name=name, exact=True).click()
        assert page.get_by_role("heading", level=1).inner_text() == name
        assert_accessible(page)
    for path in (f"keys/{key.pk}/rename/", "mails-to-you/look/"):
        page.goto(f"/settings/{path}")
        assert_accessible(page)


def test_the_first_steps_lead_to_a_checked_sending_address(
    sign_in, assert_accessible, name_server, alice, account
):
    name_server.texts = {
        "acme.example": ["v=spf1 +all"],
        "_dmarc.acme.example": ["v=DMARC1; p=none"],
    }
    page = sign_in(alice)
    page.goto("/")
    assert_accessible(page)
    page.get_by_role("link", name="Check the sending address").click()
    assert_accessible(page)
    page.get_by_role("button", name="Check now").click()
    assert page.get_by_text("Wrong").is_visible()
    assert page.get_by_label("SPF record to publish").input_value() == "v=spf1 ~all"
    assert_accessible(page)
    page.goto("/")
    page.get_by_role("button", name="Put these steps away").click()
    assert page.get_by_text("No answer yet").is_visible()
    assert_accessible(page)
