"""A test mail to oneself: real mail over a real mail server."""

from __future__ import annotations

import pytest

from campaigns.models import Campaign
from contacts.models import Contact
from surveys.models import Survey

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def test_the_campaigns_mail_reaches_who_asks_for_it(alice_client, campaign, smtp_sink):
    response = alice_client.post(f"/campaigns/{campaign.pk}/test-mail/", follow=True)
    assert "on its way to alice@example.com" in response.content.decode()
    assert response.request["PATH_INFO"] == f"/campaigns/{campaign.pk}/setup/review/"
    (mail,) = smtp_sink.mails
    assert smtp_sink.recipients == ["alice@example.com"]
    assert mail["Subject"] == "[Test] How did we do?"
    html = mail.get_body(("html",)).get_content()
    assert "Hi Ada," in html
    assert html.count("/campaigns/test-link/en/?score=") == 11
    assert "Hi Ada," in mail.get_body(("plain",)).get_content()
    assert not Survey.objects.exists()


def test_the_templates_mail_has_the_values_of_the_chosen_contact(
    alice_client, account, template, smtp_sink
):
    grace = Contact.objects.create(account=account, user_id="g", first_name="Grace")
    alice_client.post(
        f"/campaigns/templates/{template.pk}/test-mail/", {"contact": grace.user_id}
    )
    assert "Hi Grace," in smtp_sink.mails[0].get_body(("plain",)).get_content()
    assert smtp_sink.recipients == ["alice@example.com"]


def test_replies_to_a_test_go_where_those_to_a_survey_would(
    alice_client, template, smtp_sink
):
    template.reply_to = "team@example.com"
    template.save()
    alice_client.post(f"/campaigns/templates/{template.pk}/test-mail/")
    assert smtp_sink.mails[0]["Reply-To"] == "team@example.com"


def test_a_mail_server_that_refuses_is_said_so(alice_client, campaign, smtp_sink):
    smtp_sink.answer("mail", "451 4.3.0 secret.internal is unwell")
    page = alice_client.post(f"/campaigns/{campaign.pk}/test-mail/", follow=True)
    assert "did not take the test mail" in page.content.decode()
    assert "secret.internal" not in page.content.decode()


def test_a_mail_server_that_is_away_is_said_so(alice_client, campaign, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    page = alice_client.post(f"/campaigns/{campaign.pk}/test-mail/", follow=True)
    assert "did not take the test mail" in page.content.decode()


def test_without_a_template_there_is_nothing_to_test(alice_client, account, smtp_sink):
    draft = Campaign.objects.create(account=account, name="A", setup_steps=["kind"])
    page = alice_client.post(f"/campaigns/{draft.pk}/test-mail/", follow=True)
    assert "Choose an email template first." in page.content.decode()
    assert smtp_sink.mails == []


def test_a_test_mail_is_never_sent_by_a_get(alice_client, campaign):
    assert alice_client.get(f"/campaigns/{campaign.pk}/test-mail/").status_code == 405


def test_the_links_of_a_test_mail_say_what_they_are(client, db):
    page = client.get("/campaigns/test-link/xx/?score=9")
    assert "This was a test mail" in page.content.decode()


def test_they_lead_to_a_page_in_the_mails_language(
    alice_client, client, account, template, smtp_sink
):
    template.language = "de"
    template.save()
    path = f"/campaigns/templates/{template.pk}/test-mail/"
    alice_client.post(path)
    Contact.objects.create(account=account, user_id="a", attributes={"language": "ar"})
    alice_client.post(path, {"contact": "a"})

    texts = [mail.get_body(("plain",)).get_content() for mail in smtp_sink.mails]
    assert "/test-link/de/" in texts[0]
    assert "/test-link/ar/" in texts[1]
    page = client.get("/campaigns/test-link/de/").content.decode()
    assert '<html lang="de" dir="ltr">' in page
    assert "Das war eine Testmail" in page
    assert 'dir="rtl"' in client.get("/campaigns/test-link/ar/").content.decode()


def test_the_campaigns_test_has_the_values_of_a_contact_found_while_typing(
    alice_client, account, other_account, campaign, smtp_sink
):
    grace = Contact(account=account, user_id="g", first_name="Grace", last_name="Hopper")
    grace.set_email("grace@example.com")
    grace.save()
    Contact.objects.create(account=other_account, user_id="g2", first_name="Gracie")
    assert (
        "campaigns/test-contacts/"
        in alice_client.get(f"/campaigns/{campaign.pk}/setup/review/").content.decode()
    )

    found = alice_client.get("/campaigns/test-contacts/", {"contact": "hopp"})
    assert found.content.decode().strip() == (
        '<option value="grace@example.com">Grace Hopper</option>'
    )
    assert not alice_client.get("/campaigns/test-contacts/").content.strip()
    path = f"/campaigns/{campaign.pk}/test-mail/"
    alice_client.post(path, {"contact": "grace@example.com"})
    assert "Hi Grace," in smtp_sink.mails[0].get_body(("plain",)).get_content()

    page = alice_client.post(path, {"contact": "g2"}, follow=True).content.decode()
    assert "No contact has the address or userId “g2”" in page
    assert len(smtp_sink.mails) == 1


def test_a_stranger_sends_nothing(charlie_client, campaign, template, smtp_sink):
    for url in [
        f"/campaigns/{campaign.pk}/test-mail/",
        f"/campaigns/templates/{template.pk}/test-mail/",
    ]:
        assert charlie_client.post(url).status_code == 404
    assert smtp_sink.mails == []
