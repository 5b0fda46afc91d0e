"""A scanner that is a whole browser: it runs the pages of every link and presses nothing.

Nobody has answered or left after it; the person who then clicks has, once.
"""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import cycle

import pytest
import time_machine
from playwright.sync_api import expect

from surveys.models import LinkVisit, Response
from tests.surveys import scanner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MAILS = 100
HEADS = """links => Promise.all(
    links.map(link => fetch(link, {method: "HEAD"}).then(answer => answer.ok))
)"""


def test_what_a_scanner_opens_is_no_answer_and_what_a_person_sends_is_one(
    _chromium, live_server, campaign, now, smtp_sink, settings
):
    settings.SITE_URL = live_server.url
    settings.SURVEY_FASTEST_ANSWER_SECONDS = 3
    opened = 0
    with time_machine.travel(now + timedelta(minutes=5), tick=False) as clock:
        mails = scanner.send(campaign, now, smtp_sink, number=MAILS)
        with _chromium.new_context() as context:
            pages = cycle([context.new_page() for _ in range(4)])
            for mail in mails:
                links = scanner.links(mail)
                # While one page runs its scripts, the next one is asked for.
                for page, link in zip(pages, links, strict=False):
                    page.wait_for_load_state("load")
                    answer = page.goto(link, wait_until="commit")
                    assert answer is not None and answer.ok
                page.wait_for_load_state("load")
                assert all(page.evaluate(HEADS, links))
                opened += len(links)
        assert opened >= MAILS * scanner.LINKS
        assert LinkVisit.objects.count() >= MAILS * 11
        assert scanner.nothing_was_recorded()

        clock.shift(timedelta(minutes=10))
        with _chromium.new_context() as context:
            page = context.new_page()
            page.set_content(scanner.html_of(mails[11]))
            page.get_by_role("link", name="9 out of 10").click()
            expect(page.get_by_role("radio", name="9", exact=True)).to_be_checked()
            clock.shift(timedelta(seconds=4))
            page.get_by_role("button", name="Send my answer").click()
            expect(page).to_have_url(re.compile("/thanks/$"))
    response = Response.objects.select_related("survey__contact").get()
    assert response.score == 9
    assert response.survey.contact.email in mails[11]["To"]
