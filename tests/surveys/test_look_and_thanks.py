"""The customer's colour, and the thanks for each band, on the respondent's pages."""

from __future__ import annotations

import pytest
import time_machine

from campaigns.models import EmailTemplate
from promoter.accounts.models import Account
from surveys.models import SurveyEmail
from surveys.sending.composing import compose
from tests.surveys.asked import ask, kate

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def survey(account, campaign, now):
    return ask(kate(account), campaign, now)


@pytest.fixture(autouse=True)
def _while_it_is_open(now):
    with time_machine.travel(now, tick=False):
        yield


def thanks(client, survey, score: int) -> str:
    answer = client.post(f"/s/{survey.token}/", {"score": str(score)}, follow=True)
    return answer.content.decode()


def test_each_band_is_thanked_in_its_own_words(client, survey, account):
    Account.objects.update(link_hosts=["example.com"])
    EmailTemplate.objects.update(
        promoter_thanks="Wonderful, {{ contact.first_name }}!",
        promoter_link_label="Tell others <now>",
        promoter_link_url="https://www.example.com/review?a=1&b=2",
        detractor_link_label="Talk to us",
        detractor_link_url="https://elsewhere.org/",
    )
    page = thanks(client, survey, 9)
    # Their own words stand above ours.
    assert page.index("Wonderful, Kate!") < page.index("Your answer has arrived</h1>")
    assert 'href="https://www.example.com/review?a=1&amp;b=2"' in page
    assert "Tell others &lt;now&gt;" in page
    for score in (7, 3):
        page = thanks(client, survey, score)
        assert "Every answer is read by a person" in page
        # Its host is not among those that an owner has named, or not any more.
        assert "elsewhere.org" not in page

    Account.objects.update(link_hosts=[])
    assert "example.com" not in thanks(client, survey, 9)


def test_the_page_has_the_colour_by_a_stylesheet_that_is_kept_for_ever(client, survey):
    page = f"/s/{survey.token}/"
    assert "/s/colours/" not in client.get(page).content.decode()
    EmailTemplate.objects.update(accent="#ffd400")
    assert "/s/colours/1/ffd400.css" in client.get(page).content.decode()

    style = client.get("/s/colours/1/ffd400.css")
    assert style["Content-Type"] == "text/css"
    assert "immutable" in style["Cache-Control"]
    assert "--fill: #ffd400;" in style.content.decode()
    assert "--on-fill: #000000;" in style.content.decode()
    assert not style.cookies
    for bad in ("ffd40", "FFD400", "ffd400;}"):
        assert client.get(f"/s/colours/1/{bad}.css").status_code == 404


def test_the_mail_has_the_colour(survey, now):
    EmailTemplate.objects.update(accent="#7c3aed")
    email = SurveyEmail.objects.get(survey=survey.pk)
    html = compose(email, now=now).alternatives[0].content
    assert "#7c3aed" in html
    assert "#0f766e" not in html
