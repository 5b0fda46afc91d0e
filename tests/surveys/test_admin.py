"""The admin's pages for asks, mails and answers: history is read, never rewritten."""

from __future__ import annotations

import pytest

from promoter.accounts.models import AuditEvent
from surveys.models import CaseMail, ForwardedResponse, Response, Survey, SurveyEmail
from tests.conftest import NOW
from tests.rows import address, make_rows

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
HISTORY = [Survey, SurveyEmail, Response]


@pytest.mark.parametrize("model", HISTORY)
def test_history_is_neither_added_nor_changed(admin_client, model):
    row = make_rows(1)[model]

    assert admin_client.post(address(model, "add"), {}).status_code == 403
    change = admin_client.post(address(model, "change", row.pk), {"score": "10"})
    assert change.status_code == 403


@pytest.mark.parametrize("model", [Survey, SurveyEmail])
def test_what_guards_against_asking_twice_is_not_deleted(admin_client, model):
    row = make_rows(1)[model]

    answer = admin_client.post(address(model, "delete", row.pk), {"post": "yes"})

    assert answer.status_code == 403
    assert model.objects.exists()


def test_a_tests_answer_can_be_removed(admin_client):
    row = make_rows(1)[Response]

    admin_client.post(address(Response, "delete", row.pk), {"post": "yes"})

    assert not Response.objects.exists()
    assert Survey.objects.exists()


def test_an_answer_is_shown_with_its_band_and_the_attributes_of_its_moment(admin_client):
    row = make_rows(1)[Response]

    assert "promoter" in admin_client.get(address(Response, "changelist")).content.decode()
    page = admin_client.get(address(Response, "change", row.pk)).content.decode()
    assert row.comment.strip() in page


def test_a_failed_mail_is_sent_again_after_a_question(admin_client):
    mail = make_rows(1)[SurveyEmail]
    SurveyEmail.objects.update(status=SurveyEmail.Status.FAILED)
    form = {"action": "send_again", "_selected_action": [mail.pk]}
    path = address(SurveyEmail, "changelist")

    assert "gets it twice" in admin_client.post(path, form).rendered_content
    assert SurveyEmail.objects.get().status == SurveyEmail.Status.FAILED
    admin_client.post(path, form | {"confirmed": "yes"})

    assert SurveyEmail.objects.get().status == SurveyEmail.Status.SCHEDULED
    assert AuditEvent.objects.get(action="mail.again").details == {"count": 1}


@pytest.mark.parametrize("model", [CaseMail, ForwardedResponse])
def test_a_small_mail_that_failed_is_sent_again_after_a_question(admin_client, model):
    mail = make_rows(1)[model]
    path = address(model, "changelist")
    form = {"action": "retry", "_selected_action": [mail.pk]}
    assert "Send these again?" in admin_client.post(path, form).content.decode()

    waits_already = admin_client.post(path, form | {"confirmed": "yes"}, follow=True)
    assert "Sent again: 0." in waits_already.content.decode()
    model.objects.update(status="failed", error="550 no", failing_since=NOW)
    admin_client.post(path, form | {"confirmed": "yes"})

    mail.refresh_from_db()
    assert (mail.status, mail.error, mail.failing_since) == ("waiting", "", None)
