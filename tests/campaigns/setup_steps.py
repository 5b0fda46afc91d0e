"""The way through a campaign's setup, for tests that begin in the middle of it."""

from __future__ import annotations

from django.test import Client
from django.utils.html import escape

from campaigns.models import Campaign

STEP_KEYS = [
    *("kind", "template", "list", "delivery", "throttle", "event", "options", "review")
]


def address(campaign: Campaign, key: str = "") -> str:
    return f"/campaigns/{campaign.pk}/setup/" + (f"{key}/" if key else "")


def set_up(client: Client, answers, until: str = "event") -> Campaign:
    """Go through the steps up to and with `until`."""
    steps = list(answers)
    assert client.post("/campaigns/new/", answers["kind"]).status_code == 302
    campaign = Campaign.objects.latest("pk")
    for key in steps[1 : steps.index(until) + 1]:
        assert client.post(address(campaign, key), answers[key]).status_code == 302, key
    campaign.refresh_from_db()
    return campaign


def errors(response) -> dict[str, list[str]]:
    """By field; each must stand at its field and in the summary that takes the focus."""
    assert response.status_code == 422
    page = response.content.decode()
    found = {name: list(texts) for name, texts in response.context["form"].errors.items()}
    for name, texts in found.items():
        auto_id = response.context["form"][name].auto_id
        assert f'<a href="#{auto_id}">' in page
        assert f'id="{auto_id}_error"' in page
        for text in texts:
            assert page.count(escape(text)) >= 2
    assert 'role="alert" tabindex="-1" autofocus' in page
    assert "<title>Error: " in page
    return found
