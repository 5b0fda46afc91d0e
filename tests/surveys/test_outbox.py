"""Mail that is uncertain or failed is listed; a person sends it again or leaves it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client

from campaigns.models import Campaign
from contacts.suppression import suppress
from promoter.accounts.models import Membership
from surveys.answering.deleting import DELETED, delete_answer
from surveys.models import Survey, SurveyEmail
from surveys.responding import record_response
from surveys.sending.claiming import Turns, claim_due
from surveys.sending.settling import hand_off
from tests.surveys.asked import ask, kate
from tests.surveys.outbox import schedule
from tests.surveys.test_pacing import campaign_of

Status = SurveyEmail.Status
SETTLE = "/mails/settle/"


@pytest.fixture(autouse=True)
def _today(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def bob_client(bob) -> Client:
    client = Client()
    client.force_login(bob)
    return client


def text_of(response) -> str:
    return " ".join(response.content.decode().replace("<wbr>", "").split())


def mail(campaign, now, address: str, status: str, error: str = "") -> SurveyEmail:
    survey = ask(kate(campaign.account, address), campaign, now, invitation=status)
    email = survey.emails.get()
    email.error = error
    email.save()
    return email


@pytest.fixture
def failed(campaign, now) -> SurveyEmail:
    return mail(
        campaign, now, "failed@example.com", Status.FAILED, "554 5.7.1 looks like spam"
    )


@pytest.fixture
def uncertain(campaign, now) -> SurveyEmail:
    return mail(campaign, now, "uncertain@example.com", Status.UNCERTAIN, "No answer")


def reload(email: SurveyEmail) -> SurveyEmail:
    email.refresh_from_db()
    return email


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("bounced", "it bounced"),
        ("unsubscribed", "they unsubscribed"),
        ("complained", "they called your mail spam"),
        ("manual", "it was added by hand"),
    ],
)
def test_what_can_not_be_sent_again_says_why_and_offers_to_leave_it(
    alice_client, account, now, failed, reason, words
):
    page = text_of(alice_client.get("/mails/"))
    assert 'name="again"' in page
    assert "is not mailed any more" not in page

    suppress(account=account, email="failed@example.com", reason=reason, now=now)

    page = text_of(alice_client.get("/mails/"))
    assert f"This address is not mailed any more: {words}." in page
    assert 'name="again"' not in page
    assert 'name="leave"' in page


def test_the_page_says_what_happened_to_whom(
    alice_client, campaign, now, failed, uncertain
):
    mail(campaign, now, "sent@example.com", Status.SENT)
    text = text_of(alice_client.get("/mails/"))
    assert "Needs a look (2)" in text
    for part in ("failed@example.com", "554 5.7.1 looks like spam", "Did not leave."):
        assert part in text
    assert "uncertain@example.com" in text
    assert "May have arrived." in text
    assert "sent@example.com" not in text


def test_an_empty_list_says_so(alice_client, account):
    assert "All mail is well" in text_of(alice_client.get("/mails/"))
    assert "Nothing is tried again" in text_of(alice_client.get("/mails/?show=waiting"))


def test_it_is_filtered_by_campaign_and_paged(alice_client, campaign, now, failed):
    other = campaign_of(campaign.account, campaign)
    schedule(other, now, number=31, prefix="their")
    SurveyEmail.objects.filter(survey__campaign=other).update(status=Status.FAILED)
    text = text_of(alice_client.get(f"/mails/?campaign={campaign.pk}"))
    assert "failed@example.com" in text
    assert "their" not in text
    assert "Older" in text_of(alice_client.get(f"/mails/?campaign={other.pk}"))


def test_the_number_of_queries_is_that_of_one_row(
    alice_client, campaign, now, django_assert_max_num_queries
):
    schedule(campaign, now, number=25)
    SurveyEmail.objects.update(status=Status.FAILED)
    with django_assert_max_num_queries(8):
        alice_client.get("/mails/")


def test_a_failed_mail_is_sent_again_by_an_editor(
    bob_client, failed, deliver, clock, smtp_sink
):
    response = bob_client.post(SETTLE, {"again": failed.pk}, follow=True)
    assert "One mail leaves within a minute" in text_of(response)
    deliver()
    assert smtp_sink.recipients == ["failed@example.com"]
    assert smtp_sink.mails[0]["Message-ID"] == failed.email_message_id
    assert reload(failed).status == Status.SENT


def test_an_uncertain_mail_is_sent_again_only_after_a_warning(
    bob_client, uncertain, deliver, clock, smtp_sink
):
    response = bob_client.post(SETTLE, {"again": uncertain.pk})
    assert "may get it twice" in text_of(response)
    assert reload(uncertain).status == Status.UNCERTAIN
    bob_client.post(SETTLE, {"act": "again", "mail": uncertain.pk, "confirmed": "yes"})
    deliver()
    assert smtp_sink.recipients == ["uncertain@example.com"]
    assert reload(uncertain).status == Status.SENT


def test_the_mail_that_goes_again_plans_its_own_reminder(
    bob_client, uncertain, deliver, clock, smtp_sink
):
    Campaign.objects.update(reminder_after=3)
    due_at = clock.now + timedelta(hours=1)
    uncertain.survey.emails.create(
        account=uncertain.account, kind=SurveyEmail.Kind.REMINDER, due_at=due_at
    )
    bob_client.post(SETTLE, {"act": "again", "mail": uncertain.pk, "confirmed": "yes"})
    deliver()
    reminder = uncertain.survey.emails.get(kind=SurveyEmail.Kind.REMINDER)
    assert reminder.due_at == clock.now + timedelta(days=3)


@pytest.mark.parametrize("step", ["sending", "handoff"])
def test_one_mail_of_a_survey_leaves_at_a_time(
    bob_client, uncertain, deliver, clock, smtp_sink, step
):
    """A worker holds the reminder, or is handing it over."""
    uncertain.survey.emails.create(
        account=uncertain.account, kind=SurveyEmail.Kind.REMINDER, due_at=clock.now
    )
    [reminder] = claim_due(now=clock.now, turns=Turns())
    if step == "handoff":
        assert hand_off([reminder], now=clock.now)
    page = {"act": "again", "mail": uncertain.pk, "confirmed": "yes"}
    text = text_of(bob_client.post(SETTLE, page, follow=True))
    if step == "sending":
        assert "One mail leaves within a minute" in text
        assert hand_off([reminder], now=clock.now) == []
    else:
        assert "another mail of its survey is on its way to that person" in text
        assert reload(uncertain).status == Status.UNCERTAIN
    deliver()
    assert len(smtp_sink.envelopes) == (step == "sending")


def test_of_an_invitation_and_its_reminder_the_invitation_goes(
    bob_client, uncertain, deliver, clock, smtp_sink
):
    reminder = uncertain.survey.emails.create(
        account=uncertain.account,
        kind=SurveyEmail.Kind.REMINDER,
        status=Status.UNCERTAIN,
        due_at=clock.now,
        sent_at=clock.now,
    )
    page = {"act": "again", "all": "yes", "confirmed": "yes"}
    text = text_of(bob_client.post(SETTLE, page, follow=True))
    assert "One mail leaves" in text
    assert "another mail of its survey is on its way" in text
    bob_client.post(SETTLE, {"again": reminder.pk})
    bob_client.post(
        SETTLE, {"act": "again", "mail": reminder.pk, "confirmed": "yes"}, follow=True
    )
    deliver()
    assert len(smtp_sink.envelopes) == 1
    assert reload(uncertain).status == Status.SENT
    assert reload(reminder).status == Status.UNCERTAIN


def test_what_speaks_against_it_by_now_is_looked_at_again(
    bob_client, failed, deliver, clock, smtp_sink
):
    bob_client.post(SETTLE, {"again": failed.pk})
    record_response(survey=Survey.objects.get(), score=9, comment="", now=clock.now)
    deliver()
    assert smtp_sink.envelopes == []


def test_nobody_is_reminded_of_a_survey_that_is_closed(
    bob_client, campaign, deliver, clock, smtp_sink
):
    survey = ask(
        kate(campaign.account),
        campaign,
        clock.now - timedelta(days=91),
        reminder=Status.FAILED,
    )
    reminder = survey.emails.get(kind=SurveyEmail.Kind.REMINDER)
    bob_client.post(SETTLE, {"again": reminder.pk})
    deliver()
    assert smtp_sink.envelopes == []
    assert (reload(reminder).status, reminder.error) == (Status.CANCELLED, "Survey closed")


def test_nobody_is_reminded_of_an_answer_they_deleted(
    bob_client, account, campaign, deliver, clock, smtp_sink
):
    survey = ask(kate(account), campaign, clock.now, reminder=Status.FAILED)
    record_response(survey=survey, score=3, comment="Late.", now=clock.now)
    delete_answer(survey=survey, now=clock.now)
    reminder = survey.emails.get(kind=SurveyEmail.Kind.REMINDER)
    bob_client.post(SETTLE, {"again": reminder.pk})
    deliver()
    assert smtp_sink.envelopes == []
    assert (reload(reminder).status, reload(reminder).error) == (Status.CANCELLED, DELETED)


def test_what_was_settled_meanwhile_is_not_sent_again(bob_client, uncertain, clock):
    page = {"act": "again", "mail": uncertain.pk, "confirmed": "yes"}
    record_response(survey=Survey.objects.get(), score=9, comment="", now=clock.now)
    response = bob_client.post(SETTLE, page, follow=True)
    assert "There was nothing to send" in text_of(response)
    assert reload(uncertain).status == Status.SENT


def test_what_is_left_is_shown_no_more(bob_client, failed, uncertain, now):
    bob_client.post(SETTLE, {"leave": failed.pk})
    assert reload(failed).left_at == now
    assert "failed@example.com" not in text_of(bob_client.get("/mails/"))
    assert reload(uncertain).left_at is None


def test_several_are_settled_at_once(bob_client, campaign, failed, uncertain, now):
    other = campaign_of(campaign.account, campaign)
    [theirs] = schedule(other, now)
    SurveyEmail.objects.filter(pk=theirs.pk).update(status=Status.FAILED)
    response = bob_client.post(SETTLE, {"act": "again", "all": "yes"})
    assert "1 of these 3 mails may have arrived" in text_of(response)
    whole = {"act": "leave", "all": "yes", "campaign": other.pk}
    response = bob_client.post(SETTLE, whole)
    assert response["Location"] == f"/mails/?campaign={other.pk}"
    assert reload(theirs).left_at == now
    bob_client.post(SETTLE, {"act": "leave", "mail": [failed.pk, uncertain.pk]})
    assert SurveyEmail.objects.unsettled().count() == 0


def test_nothing_ticked_and_nothing_chosen_change_nothing(bob_client, failed):
    before = SurveyEmail.objects.values().get()
    for data in ({}, {"act": "again"}, {"act": "leave", "mail": "x"}, {"mail": failed.pk}):
        response = bob_client.post(SETTLE, data)
        assert list(get_messages(response.wsgi_request))
    assert SurveyEmail.objects.values().get() == before


def test_a_strangers_press_changes_nothing(charlie_client, failed, uncertain):
    before = list(SurveyEmail.objects.values())
    for act in ("again", "leave"):
        ids = [failed.pk, uncertain.pk]
        charlie_client.post(SETTLE, {"act": act, "mail": ids, "confirmed": "yes"})
        charlie_client.post(SETTLE, {"act": act, "all": "yes", "confirmed": "yes"})
    assert list(SurveyEmail.objects.values()) == before


def test_a_viewer_looks_and_does_not_touch(bob_client, failed):
    Membership.objects.update(role=Membership.Role.VIEWER)
    assert "Send again" not in text_of(bob_client.get("/mails/"))
    assert bob_client.post(SETTLE, {"again": failed.pk}).status_code == 403


def test_what_is_refused_for_now_is_shown_with_the_servers_words(
    alice_client, campaign, now, deliver, clock, smtp_sink
):
    schedule(campaign, now)
    smtp_sink.answer("rcpt", "451 4.7.1 greylisted")
    deliver()
    text = text_of(alice_client.get("/mails/?show=waiting"))
    assert "451 4.7.1 greylisted" in text
    assert "next try" in text


@pytest.mark.parametrize("path", ["/", "/campaigns/{}/"])
def test_pages_say_that_there_is_some(alice_client, campaign, failed, uncertain, path):
    path = path.format(campaign.pk)
    assert "2 mails need a look" in text_of(alice_client.get(path))
    SurveyEmail.objects.filter(pk=failed.pk).update(left_at=failed.due_at)
    assert "1 mail needs a look" in text_of(alice_client.get(path))
    SurveyEmail.objects.update(left_at=failed.due_at)
    assert "a look" not in text_of(alice_client.get(path))
