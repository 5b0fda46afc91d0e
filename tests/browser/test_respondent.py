"""The respondent's pages as a phone, a keyboard and a screen reader meet them."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from surveys.models import Response
from surveys.responding import record_response
from tests.surveys.asked import ask, kate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def asked(account, campaign, live_server):
    """The address of the survey of somebody who reads that language."""

    def run(language):
        person = kate(account, attributes={"language": language})
        survey = ask(person, campaign, timezone.now() - timedelta(hours=1))
        return survey, live_server.url + reverse("survey", args=[survey.token])

    return run


@pytest.mark.parametrize("language", ["de", "fi", "ar"])
def test_every_page_is_accessible_and_fits_the_smallest_phone(
    _chromium, asked, live_server, assert_accessible, language
):
    survey, address = asked(language)
    now = timezone.now()
    record_response(survey=survey, score=3, comment="Voilà", now=now - timedelta(hours=1))
    record_response(survey=survey, score=9, comment="مرحبا", now=now)
    way_out = reverse("unsubscribe", args=[survey.unsubscribe_token])
    pages = [address, f"{address}thanks/", f"{address}answer/", f"{address}answer/delete/"]
    with _chromium.new_context(viewport={"width": 320, "height": 700}) as context:
        page = context.new_page()
        for url in [*pages, live_server.url + way_out]:
            page.goto(url)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, url
            for target in page.locator("button, .button, .score").all():
                box = target.bounding_box()
                assert min(box["width"], box["height"]) >= 44, url
            assert_accessible(page)


def test_all_that_the_page_loads_is_ours_and_under_30_kb(_chromium, asked, template):
    template.accent = "#ffd400"
    template.save()
    _, address = asked("ja")
    with _chromium.new_context() as context:
        page = context.new_page()
        answers = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto(f"{address}?score=9", wait_until="networkidle")
        weight = sum(len(answer.body()) for answer in answers)
        hosts = {urlsplit(answer.url).netloc for answer in answers}

    assert weight < 30_000
    assert hosts == {urlsplit(address).netloc}
    assert len(answers) == 3


@pytest.mark.parametrize(
    ("language", "higher"), [("en", "ArrowRight"), ("ar", "ArrowLeft")]
)
def test_a_keyboard_answers_changes_and_deletes(_chromium, asked, language, higher):
    _, address = asked(language)
    with _chromium.new_context(reduced_motion="reduce", forced_colors="active") as context:
        page = context.new_page()
        page.goto(f"{address}?score=7")
        page.keyboard.press("Tab")
        page.keyboard.press(higher)
        assert page.locator("input:checked").get_attribute("value") == "8"
        page.keyboard.press("Tab")
        page.keyboard.type("Prompt")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/thanks/")
        assert Response.objects.get().score == 8
        page.goto(f"{address}answer/")
        page.locator(".acts .danger").press("Enter")
        page.wait_for_url("**/delete/")
        page.locator("button").press("Enter")
        page.wait_for_url("**/answer/")

    assert not Response.objects.exists()
