"""One person: what we know, what we asked, what they said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.attributes import set_attributes
from contacts.models import Contact, ContactList, Suppression
from contacts.suppression import suppress
from surveys.models import Response, SkipReason, SurveyEmail
from tests.surveys.asked import ask, kate

pytestmark = pytest.mark.django_db


def text_of(client, contact) -> str:
    response = client.get(f"/contacts/{contact.pk}/")
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("<wbr>", "").split())


def test_every_attribute_is_shown_whatever_its_type(alice_client, account):
    contact = kate(
        account, attributes={"plan": "gold", "vip": True, "tags": ["a", 1], "x": None}
    )

    page = text_of(alice_client, contact)

    assert "<dt>plan</dt><dd>gold</dd>" in page
    assert "Answers over time" not in page
    assert "<dt>vip</dt><dd>yes</dd>" in page
    assert "<dt>tags</dt><dd>[&quot;a&quot;, 1]</dd>" in page
    assert "<dt>x</dt><dd>–</dd>" in page


def test_an_answer_stands_with_its_survey_and_mails(alice_client, account, campaign, now):
    contact = kate(account)
    survey = ask(contact, campaign, now, reminder=SurveyEmail.Status.CANCELLED)
    Response.objects.create(
        account=account,
        campaign=campaign,
        survey=survey,
        contact=contact,
        score=10,
        comment="Splendid",
        responded_at=now,
        updated_at=now,
    )

    page = text_of(alice_client, contact)

    assert campaign.name in page
    assert 'data-status="sent"' in page
    assert "Splendid" in page


def test_who_was_not_asked_has_a_reason(alice_client, account, campaign, now):
    contact = kate(account)
    survey = ask(contact, campaign, now, invitation=SurveyEmail.Status.CANCELLED)
    survey.skip_reason, survey.skipped_at, survey.asked_at = (
        SkipReason.SUPPRESSED,
        now,
        None,
    )
    survey.save()

    page = text_of(alice_client, contact)

    assert "Not asked" in page
    assert "Must not be mailed" in page


def test_an_unsubscribed_address_is_said_so(alice_client, account, now):
    contact = kate(account)
    suppress(
        account=account,
        email=contact.email,
        reason=Suppression.Reason.UNSUBSCRIBED,
        now=now,
    )

    assert "mail this address: unsubscribed" in text_of(alice_client, contact)


def test_it_leads_to_what_segment_sent_about_them(alice_client, account):
    contact = kate(account, user_id="u&1")

    assert 'href="/segment/?user=u%261"' in text_of(alice_client, contact)


def test_a_stranger_gets_404(charlie_client, account):
    assert charlie_client.get(f"/contacts/{kate(account).pk}/").status_code == 404


def test_what_the_provider_said_stands_in_the_place_of_sent(
    alice_client, account, campaign, now
):
    contact = kate(account)
    ask(contact, campaign, now)
    SurveyEmail.objects.update(
        outcome="bounced", outcome_at=now, outcome_detail="550 5.1.1 no <such> user"
    )

    page = text_of(alice_client, contact)

    assert 'data-status="bounced">Bounced<' in page
    assert 'data-status="sent"' not in page.split("Timeline")[0]
    assert "550 5.1.1 no &lt;such&gt; user" in page


def test_an_attribute_says_where_it_is_from_and_since_when(alice_client, account, now):
    contact = kate(account)
    set_attributes(contact, {"plan": "pro", "seats": 5}, at=now)
    set_attributes(contact, {"plan": "team"}, at=now, source=Contact.Source.FILE)
    contact.save()

    page = text_of(alice_client, contact)
    assert "A file, <time" in page
    assert "Segment, <time" in page

    alice_client.post(
        f"/contacts/{contact.pk}/edit/",
        {
            "attribute-TOTAL_FORMS": "1",
            "attribute-INITIAL_FORMS": "1",
            "attribute-0-name": "seats",
            "attribute-0-value": "6",
            "initial-attribute-0-value": "5",
        },
    )
    contact.refresh_from_db()
    assert contact.attribute_sources == {"plan": "file", "seats": "hand"}
    later = now + timedelta(days=9999)
    set_attributes(contact, {"plan": "pro", "seats": 7}, at=later)
    assert contact.attribute_sources == {}


def test_answers_stand_in_a_chart_and_in_its_table(alice_client, account, campaign, now):
    contact = kate(account)
    for day, score in enumerate((3, 8, 10)):
        at = now + timedelta(days=30 * day)
        survey = ask(contact, campaign, at)
        Response.objects.create(
            account=account,
            campaign=campaign,
            survey=survey,
            contact=contact,
            score=score,
            responded_at=at,
            updated_at=at,
        )

    page = text_of(alice_client, contact)

    assert "23 November 2026: 3. 23 December 2026: 8. 22 January 2027: 10." in page
    assert f'22 Jan 2027</th><td>{campaign.name}</td><td class="number">10</td>' in page

    def file(ending: str) -> str:
        path = f"/contacts/{contact.pk}/answers.{ending}"
        assert f'href="{path}" download' in page
        answer = alice_client.get(path)
        assert f'filename="answers.{ending}"' in answer["Content-Disposition"]
        return answer.getvalue().decode("utf-8-sig")

    lines = file("csv").splitlines()
    assert lines[0] == "answered,campaign,score,band"
    assert lines[1].startswith("2026-11-23T")
    assert lines[3].endswith(f"Z,{campaign.name},10,promoter")
    drawing = file("svg")
    assert drawing.count("<circle") == 3
    assert ">Kate<" in drawing


def test_lists_are_joined_and_left_from_the_page(
    alice_client, account, campaign, other_account
):
    contact = kate(account)
    theirs = ContactList.objects.create(account=other_account, name="Theirs")
    path = f"/contacts/{contact.pk}/lists/"

    alice_client.post(path, {"list": campaign.contact_list.pk})
    assert contact.lists.get() == campaign.contact_list
    assert alice_client.post(path, {"list": theirs.pk}).status_code == 404
    assert alice_client.post(path, {"list": "x"}).status_code == 404

    page = alice_client.post(
        f"/contacts/lists/{campaign.contact_list.pk}/remove/",
        {"contact": contact.pk, "back": "contact"},
        follow=True,
    )
    assert page.redirect_chain[-1][0] == f"/contacts/{contact.pk}/"
    assert not contact.lists.exists()
