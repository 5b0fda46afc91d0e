"""Mail that was sent stays as it was, and so do the pages behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign, EmailTemplate, TemplateVersion
from campaigns.starters import starter
from campaigns.template_versions import store_template, version_of
from contacts.models import Contact
from promoter.accounts.models import Membership
from surveys.models import SurveyEmail
from surveys.sending.composing import compose
from tests.surveys.outbox import schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def page_of(client):
    def _page(email: SurveyEmail, part: str = "") -> str:
        return client.get(f"/s/{email.survey.token}/{part}").content.decode()

    return _page


@pytest.fixture
def send(campaign, deliver, clock):
    """Sends one mail to a new person and gives its row."""

    def _send(name: str) -> SurveyEmail:
        schedule(campaign, clock.now, prefix=name)
        deliver()
        return SurveyEmail.objects.get(
            survey__contact__user_id=f"{name}-0", kind="invitation"
        )

    return _send


@pytest.fixture
def edit(alice_client, template):
    """Saves the template's form with other words."""

    def _edit(**words: str) -> None:
        template.refresh_from_db()
        form = starter(template.account) | {"name": template.name} | template.content()
        form["logo"] = form.pop("logo_id") or ""
        path = f"/campaigns/templates/{template.pk}/"
        assert alice_client.post(path, form | words).status_code == 302

    return _edit


def test_a_change_reaches_neither_mail_that_was_sent_nor_its_pages(
    alice_client, campaign, send, edit, page_of, smtp_sink, client
):
    old = send("old")
    client.post(f"/s/{old.survey.token}/", {"score": "9"})
    edit(brand="Globex", thank_you="New thanks.")
    new = send("new")

    assert "recommend Acme to" in page_of(old)
    assert "Every answer is read by a person" in page_of(old, "thanks/")
    assert "recommend Globex to" in page_of(new)
    assert "recommend Acme" in smtp_sink.mails[0].as_string()
    assert "recommend Globex" in smtp_sink.mails[1].as_string()
    shown = alice_client.get(f"/mails/{old.pk}/view/").content.decode()
    assert "recommend Acme to" in shown
    assert "Hi Pat" in shown
    assert "version 1" in alice_client.get(f"/mails/{old.pk}/").content.decode()
    story = alice_client.get(f"/contacts/{old.survey.contact_id}/").content.decode()
    assert f'href="/mails/{old.pk}/"' in story


def test_the_versions_say_who_changed_what_and_one_is_restored(
    alice_client, template, send, edit, page_of
):
    send("old")
    edit(brand="Globex", intro="Hello.")
    between = send("between")
    edit(brand="Globex", intro="Hello.")
    listed = f"/campaigns/templates/{template.pk}/versions/"
    page = alice_client.get(listed).content.decode()
    assert "Version 2" in page
    assert "Version 3" not in page
    assert "Brand or product, Text above the question" in page
    assert "Alice" in page

    first = template.versions.get(number=1)
    alice_client.post(f"/campaigns/templates/versions/{first.pk}/restore/")
    template.refresh_from_db()
    assert template.brand == "Acme"
    assert "Version 3" in alice_client.get(listed).content.decode()
    assert "recommend Acme to" in page_of(send("after"))
    assert "recommend Globex to" in page_of(between)
    preview = f"/campaigns/templates/versions/{first.pk}/preview/"
    assert "recommend Acme to" in alice_client.get(preview).content.decode()


def test_an_edit_between_claim_and_handoff_makes_no_version_of_the_old_words(
    template, alice, now
):
    worker = EmailTemplate.objects.get(pk=template.pk)
    template.brand = "Globex"
    store_template(template=template, now=now, by=alice)

    assert version_of(template=worker, now=now).brand == "Acme"
    assert version_of(template=template, now=now).brand == "Globex"
    assert list(template.versions.values_list("number", flat=True)) == [2, 1]


def test_a_mail_that_may_have_left_is_repeated_in_the_words_it_had(send, edit, now):
    email = send("old")
    edit(subject="Something else")
    email.refresh_from_db()
    email.repeating_since = now

    assert compose(email, now=now).subject == "How did we do?"


def test_a_reminder_has_the_words_of_its_day(campaign, send, edit, page_of, deliver, clock):
    Campaign.objects.update(reminder_after=3)
    invitation = send("old")
    edit(brand="Globex")
    clock.now += timedelta(days=3)
    deliver()

    assert SurveyEmail.objects.get(kind="reminder").template_version.brand == "Globex"
    # Who answers now has most likely the reminder before them.
    assert "recommend Globex to" in page_of(invitation)


def test_a_template_that_is_deleted_leaves_the_pages_of_its_mail(
    alice_client, template, campaign, send, page_of
):
    email = send("old")
    other = EmailTemplate.objects.create(
        account=campaign.account, name="Other", subject="s", brand="Globex"
    )
    Campaign.objects.update(email_template=other)
    alice_client.post(f"/campaigns/templates/{template.pk}/delete/")

    assert not EmailTemplate.objects.filter(pk=template.pk).exists()
    assert "recommend Acme to" in page_of(email)
    assert "has been deleted" in alice_client.get(f"/mails/{email.pk}/").content.decode()


def test_a_mail_that_waits_and_one_to_somebody_erased_say_what_can_be_seen(
    alice_client, campaign, send, clock
):
    (waiting,) = schedule(campaign, clock.now + timedelta(days=1))
    page = alice_client.get(f"/mails/{waiting.pk}/").content.decode()
    assert "It has not left yet" in page
    assert alice_client.get(f"/mails/{waiting.pk}/view/").status_code == 404

    email = send("old")
    Contact.objects.filter(surveys=email.survey_id).delete()
    page = alice_client.get(f"/mails/{email.pk}/").content.decode()
    assert "What was filled in has been erased" in page
    assert "Hi there" in alice_client.get(f"/mails/{email.pk}/view/").content.decode()


def test_who_may_only_look_sees_versions_and_restores_none(client, bob, template, now):
    version = version_of(template=template, now=now)
    Membership.objects.filter(user=bob).update(role=Membership.Role.VIEWER)
    client.force_login(bob)

    page = client.get(f"/campaigns/templates/{template.pk}/versions/").content.decode()
    assert "Version 1" in page
    assert "Restore" not in page
    path = f"/campaigns/templates/versions/{version.pk}/restore/"
    assert client.post(path).status_code == 403
    assert TemplateVersion.objects.count() == 1
