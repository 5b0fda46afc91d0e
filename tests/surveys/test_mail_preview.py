"""The preview shows the real mail, and can do nothing else."""

from __future__ import annotations

import re

import pytest

from campaigns.models import EmailTemplate
from contacts.models import Contact
from surveys.models import Response, Survey
from tests.surveys.asked import kate

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

FORM = "/campaigns/templates/preview/"


def saved(template: EmailTemplate) -> str:
    return f"/campaigns/templates/{template.pk}/preview/"


def test_a_saved_template_is_shown_as_its_mail(alice_client, template):
    page = alice_client.get(saved(template)).content.decode()
    assert "Hi Ada, thank you for your order." in page
    assert "How likely are you to recommend Acme" in page
    assert page.count("?score=") == 11
    assert "How did we do?" in page


def test_a_contact_lends_its_values(alice_client, template, account):
    kate(account, "grace@example.com", user_id="g")
    for known in ("GRACE@example.com ", "g"):
        page = alice_client.get(saved(template), {"contact": known}).content.decode()
        assert "Hi Kate," in page
        assert "Filled in for Kate" in page


def test_it_is_shown_light_or_dark_whatever_the_browser_prefers(alice_client, template):
    looks = {}
    for look in ("", "light", "dark"):
        page = alice_client.get(saved(template), {"look": look}).content.decode()
        looks[look] = (
            "prefers-color-scheme" in page,
            "@media all" in page,
            "@media not all" in page,
        )
    assert looks == {
        "": (True, False, False),
        "light": (False, False, True),
        "dark": (False, True, False),
    }


def test_the_reminder_is_shown_as_well(alice_client, template):
    page = alice_client.get(saved(template), {"mail": "reminder"}).content.decode()
    assert "Reminder: How did we do?" in page
    data = {"reminder_subject": "Again?", "reminder_intro": "Hi again", "mail": "reminder"}
    page = alice_client.post(FORM, data).content.decode()
    assert "Again?" in page
    assert "Hi again" in page


def test_the_pages_behind_the_mail_are_shown_as_typed_and_lead_nowhere(
    alice_client, account
):
    account.link_hosts = ["reviews.example.com"]
    account.save()
    data = {
        "brand": "Bakery",
        "accent": "#b3361a",
        "thank_you": "Thanks to all",
        "promoter_thanks": "Lovely, {{ contact.first_name }}!",
        "promoter_link_label": "Review us",
        "promoter_link_url": "https://reviews.example.com/us",
        "detractor_thanks": "<b>Sorry</b>",
        "look": "dark",
    }
    shown = {}
    for page in ("survey", "promoter", "passive", "detractor"):
        response = alice_client.post(FORM, data | {"mail": page})
        shown[page] = html = response.content.decode()
        assert response["Content-Security-Policy"].endswith("sandbox")
        assert set(re.findall(r'(?:href|action)="([^"]*)"', html)) == {"data:,", "#"}
        assert "#b3361a" in html, "the page wears the typed colour"
        assert "@media all" in html, "and the chosen look"
    assert "How likely are you to recommend Bakery" in shown["survey"]
    assert shown["survey"].count('type="radio"') == 11
    assert "Lovely, Ada!" in shown["promoter"]
    assert "Review us" in shown["promoter"]
    assert "10 out of 10" in shown["promoter"]
    assert "Thanks to all" in shown["passive"]
    assert "&lt;b&gt;Sorry&lt;/b&gt;" in shown["detractor"]
    assert "Review us" not in shown["passive"] + shown["detractor"]
    german = alice_client.post(FORM, data | {"mail": "survey", "language": "de"})
    assert '<html lang="de"' in german.content.decode()
    written = (EmailTemplate, Survey, Response, Contact)
    assert not any(model.objects.exists() for model in written)


@pytest.mark.parametrize("contact", ["x", "9" * 30, "-1", ""])
def test_who_is_no_contact_is_the_sample(alice_client, template, contact):
    page = alice_client.get(saved(template), {"contact": contact}).content.decode()
    assert "Hi Ada," in page


def test_a_foreign_contact_lends_nothing(alice_client, template, other_account):
    Contact.objects.create(account=other_account, user_id="s", first_name="Secret")
    page = alice_client.get(saved(template), {"contact": "s"}).content.decode()
    assert "Secret" not in page


def test_an_unsaved_form_is_shown_mistakes_and_all(alice_client):
    data = {"subject": "{{ nonsense }}", "intro": "Draft {{ contact.first_name }}"}
    page = alice_client.post(FORM, data).content.decode()
    assert "Draft Ada" in page
    assert not EmailTemplate.objects.exists()


def test_an_empty_form_is_shown_too(alice_client):
    assert alice_client.post(FORM, {}).status_code == 200


def test_what_is_typed_stays_text(alice_client):
    data = {"intro": "<script>alert(1)</script>", "subject": "<b>", "from_name": "<i>"}
    page = alice_client.post(FORM, data).content.decode()
    assert "<script>" not in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_the_preview_may_be_framed_by_us_and_load_nothing(alice_client, template):
    response = alice_client.get(saved(template))
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert policy.endswith("sandbox")
    assert "script" not in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in response["Cache-Control"]


def test_a_preview_writes_nothing(alice_client, campaign, template):
    alice_client.get(saved(template))
    assert not Survey.objects.exists()


def test_links_in_a_preview_lead_nowhere(alice_client, template):
    page = alice_client.get(saved(template)).content.decode()
    assert 'href="#?score=9"' in page
    assert "http://127.0.0.1:8000/s/" not in page


def test_a_stranger_sees_no_preview(charlie_client, template):
    assert charlie_client.get(saved(template)).status_code == 404


def test_previews_are_behind_the_sign_in(client, template):
    assert client.get(saved(template)).status_code == 302
    assert client.post(FORM, {}).status_code == 302
