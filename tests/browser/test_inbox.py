"""The inbox by its keys: to an answer, a reply to it, and back to an empty list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from surveys.inbox.mailing import send_case_mails
from surveys.models import CannedReply, Case, Rule, Tag
from surveys.responding import record_response
from tests.surveys.asked import ask, kate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press(page, keys: str) -> None:
    """One after the other, once the page listens."""
    expect(page.get_by_role("button", name="Keys")).to_be_visible()
    for key in keys:
        page.keyboard.press(key)


def test_an_answer_is_replied_to_by_keys_and_the_mail_arrives(
    sign_in, assert_accessible, alice, bob, account, campaign, smtp_sink
):
    now = timezone.now() - timedelta(hours=1)
    CannedReply.objects.create(
        account=account, name="Sorry", text="Dear {{ contact.name }},"
    )
    words = {"ann": "It broke. " * 30, "kate": "The parcel was late", "zoe": ""}
    for score, (name, comment) in enumerate(words.items(), start=4):
        contact = kate(account, f"{name}@example.com", user_id=name)
        contact.first_name, contact.attributes = name.title(), {"plan": "gold"}
        contact.save()
        survey = ask(contact, campaign, now)
        at = now + timedelta(minutes=score)
        record_response(survey=survey, score=score, comment=comment, now=at)
    page = sign_in(alice)
    page.goto("/responses/")
    assert_accessible(page)
    press(page, "?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    assert_accessible(page)
    # Who speaks to the computer can do without single letters (WCAG 2.1.4).
    page.get_by_label("Use these keys").uncheck()
    page.locator("#keys").get_by_role("button", name="Hide").click()
    page.reload()
    press(page, "/?")
    expect(page.locator("#q")).not_to_be_focused()
    expect(page.get_by_role("heading", name="Keys")).to_be_hidden()
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Use these keys").check()
    page.keyboard.press("Escape")

    press(page, "jjt")
    page.keyboard.type("Delivery")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Tagged.")).to_be_visible()
    assert Tag.objects.get().cases.get().response.contact.first_name == "Kate"
    press(page, "jjr")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kate")
    expect(page.locator("#reply textarea")).to_be_focused()
    assert_accessible(page)
    page.get_by_role("button", name="Take it").click()
    expect(page.locator("#reply textarea")).to_have_value("Dear Kate,")
    page.keyboard.press("End")
    page.keyboard.type("\nwe are sorry.")
    page.get_by_role("button", name="Send").click()
    expect(
        page.get_by_text("Your reply is on its way. The case is closed.")
    ).to_be_visible()
    assert_accessible(page)
    send_case_mails(clock=timezone.now)
    (mail,) = smtp_sink.mails
    assert smtp_sink.recipients == ["kate@example.com"]
    assert mail.get_content().startswith("Dear Kate,")

    press(page, "u")
    expect(page.get_by_text("It broke.")).to_be_visible()
    expect(page.get_by_text("The parcel was late")).to_have_count(0)
    press(page, "jxjxe")
    expect(page.get_by_text("2 answers will be closed")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Close 2").click()
    expect(page.get_by_text("All done")).to_be_visible()
    assert not Case.objects.open().exists()
    press(page, "/")
    page.keyboard.type("parcel")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing matches")).to_be_visible()

    Rule.objects.create(account=account, name="Angry", band="detractor", words="broke")
    page.goto("/settings/inbox/")
    assert_accessible(page)
    for link in ("Angry", "Sorry", "Delivery"):
        page.get_by_role("link", name=link).click()
        assert_accessible(page)
        page.get_by_role("link", name="← Tags, rules, replies").click()

    # Pressed twice it is done once: the second answer would be that there is no such reply.
    page.get_by_role("link", name="Sorry").click()
    page.get_by_text("Delete this reply").click()
    page.get_by_role("button", name="Delete the reply").dblclick()
    expect(page.get_by_text("“Sorry” is deleted.")).to_be_visible()
