"""The survey mail as a phone and a desktop show it, in light and in dark."""

from __future__ import annotations

import pytest

from promoter.accounts.models import Account
from surveys.sending.writing import Texts, write

pytestmark = pytest.mark.browser


@pytest.fixture
def html(template) -> str:
    account = Account(name="Acme Ltd", postal_address="1 Acme Road\nSpringfield")
    return write(
        Texts.of(template, account, reminder=True),
        {"contact.first_name": "Pat"},
        survey_url="https://nps.example.com/s/token/",
        unsubscribe_url="https://nps.example.com/u/token/",
    ).html


@pytest.mark.parametrize(("width", "rows"), [(320, 2), (390, 2), (640, 1)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_scale_fits_and_can_be_hit(_chromium, html, width, rows, scheme):
    with _chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
    ) as context:
        page = context.new_page()
        page.set_content(html)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        boxes = [link.bounding_box() for link in page.locator("a.score").all()]
        assert len(boxes) == 11
        assert all(box["width"] >= 40 and box["height"] >= 40 for box in boxes)
        assert len({box["y"] for box in boxes}) == rows
        background = page.locator(".card").evaluate(
            "e => getComputedStyle(e).backgroundColor"
        )
        assert (background == "rgb(255, 255, 255)") is (scheme == "light")


def test_the_mail_is_accessible(_chromium, html, assert_accessible):
    with _chromium.new_context(viewport={"width": 640, "height": 800}) as context:
        page = context.new_page()
        page.set_content(html)
        assert_accessible(page)
