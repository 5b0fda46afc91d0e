"""The replay's and the backtest's pages, and the command."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign
from promoter.accounts.models import Membership
from segment_ingest.models import Replay
from segment_ingest.tasks import run_replays
from surveys.models import Survey
from tests.segment_ingest.stored import person, stored

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _bells(monkeypatch, valkey, settings):
    settings.REDIS_URL = valkey.url()


@pytest.fixture
def live(campaign):
    campaign.status = Campaign.Status.ACTIVE
    campaign.save()
    return campaign


@pytest.fixture
def two_orders(account):
    for name in ("ada", "ben"):
        person(account, name)
        stored(account, name, at=timezone.now() - 5 * HOUR, user_id=name)


def wall(hours: int) -> str:
    return f"{timezone.now() - hours * HOUR:%Y-%m-%dT%H:%M}"


def begin(client, campaign, hours=24):
    answer = client.post(
        "/segment/replay/", {"campaign": campaign.pk, "since": wall(hours)}
    )
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def text_of(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_count_look_and_send(alice_client, live, two_orders):
    page = begin(alice_client, live)
    assert "Counting" in text_of(alice_client, page)
    run_replays()
    text = text_of(alice_client, page)
    assert "It would send 2 surveys" in text
    assert "Send these 2 surveys" in text
    assert "days old" not in text
    assert not Survey.objects.exists()
    alice_client.post(f"{page}send/")
    run_replays()
    assert "2 surveys are scheduled" in text_of(alice_client, page)
    assert Survey.objects.count() == 2
    again = alice_client.post(f"{page}send/", follow=True).content.decode()
    assert "Nothing is sent" in again
    run_replays()
    assert Survey.objects.count() == 2
    assert "Sent" in text_of(alice_client, "/segment/replay/")


def test_old_events_are_pointed_out(alice_client, account, live):
    person(account, "ada")
    stored(account, "1", at=timezone.now() - 12 * 24 * HOUR - HOUR)
    page = begin(alice_client, live, hours=20 * 24)
    run_replays()
    assert "up to 12 days old" in text_of(alice_client, page)


def test_a_paused_campaign_is_to_be_resumed_first(alice_client, live, two_orders):
    Campaign.objects.update(status=Campaign.Status.PAUSED)
    page = begin(alice_client, live)
    run_replays()
    text = text_of(alice_client, page)
    assert "Resume it" in text and "Send these" not in text
    answer = alice_client.post(f"{page}send/", follow=True)
    assert "the campaign is not live" in answer.content.decode()
    run_replays()
    assert not Survey.objects.exists()


def test_an_old_count_is_not_acted_on(alice_client, live, two_orders):
    page = begin(alice_client, live)
    run_replays()
    Replay.objects.update(finished_at=timezone.now() - 2 * HOUR)
    assert "Count again" in text_of(alice_client, page)
    assert "Nothing is sent" in alice_client.post(f"{page}send/", follow=True).text
    assert not Replay.objects.get().sends


def test_it_can_be_stopped_once(alice_client, live, two_orders):
    page = begin(alice_client, live)
    assert "Stopped" not in alice_client.post(f"{page}stop/", follow=True).text[:200]
    assert "The count is stopped" in text_of(alice_client, page)
    assert "It had ended already" in alice_client.post(f"{page}stop/", follow=True).text
    run_replays()
    assert Replay.objects.get().status == "cancelled"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"since": ""}, "Choose a moment."),
        ({"since": "yesterday"}, "Write it like 2026-11-01 09:00."),
        ({"since": "2999-01-01T00:00"}, "Choose a moment in the past"),
        ({"since": "2001-01-01T00:00"}, "Events are kept 30 days"),
        ({"since": "0001-01-01T00:00"}, "Events are kept 30 days"),
        ({"campaign": ""}, "Choose a campaign."),
        ({"campaign": "x"}, "Choose a campaign from the list."),
    ],
)
def test_wrong_input_is_answered_with_a_sentence(alice_client, live, values, sentence):
    sent = {"campaign": live.pk, "since": wall(5)} | values
    answer = alice_client.post("/segment/replay/", sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Replay.objects.exists()


def test_a_foreign_campaign_is_no_choice(charlie_client, live):
    answer = charlie_client.post(
        "/segment/replay/", {"campaign": live.pk, "since": wall(5)}
    )
    assert answer.status_code == 422
    assert not Replay.objects.exists()


def test_without_a_campaign_or_events_the_pages_say_so(alice_client, campaign):
    Campaign.objects.update(status=Campaign.Status.DRAFT)
    assert "No campaign to replay for" in text_of(alice_client, "/segment/replay/")
    Campaign.objects.update(status=Campaign.Status.ACTIVE)
    assert "None yet" in text_of(alice_client, "/segment/replay/")
    page = begin(alice_client, campaign)
    run_replays()
    text = text_of(alice_client, page)
    assert "It would send no survey" in text and "No such event is stored" in text


def test_a_viewer_looks_and_starts_nothing(alice_client, bob, live, two_orders):
    page = begin(alice_client, live)
    run_replays()
    Membership.objects.filter(user=bob).update(role=Membership.Role.VIEWER)
    viewer = Client()
    viewer.force_login(bob)
    assert "An editor of the account can send them" in text_of(viewer, page)
    assert "Count the surveys" not in text_of(viewer, "/segment/replay/")
    backtest = f"/segment/backtest/{live.pk}/"
    assert "Not tried yet" in text_of(viewer, backtest)
    for path in ("/segment/replay/", f"{page}send/", f"{page}stop/", backtest):
        assert viewer.post(path).status_code == 403
    assert not Replay.objects.get().sends


def test_a_draft_is_tried_on_what_came(alice_client, account, campaign, two_orders):
    page = f"/segment/backtest/{campaign.pk}/"
    for path in (f"/campaigns/{campaign.pk}/", f"/campaigns/{campaign.pk}/setup/review/"):
        assert page in text_of(alice_client, path)
    Campaign.objects.update(status=Campaign.Status.DRAFT)
    stored(account, "2", at=timezone.now() - HOUR, user_id="ada")
    stored(account, "3", at=timezone.now() - HOUR, user_id="who?")
    assert "Try it on the last 30 days" in text_of(alice_client, page)
    assert alice_client.post(page)["Location"] == page
    assert "Trying" in text_of(alice_client, page)
    run_replays()
    text = text_of(alice_client, page)
    assert "<strong>2 surveys</strong> to <strong>2 people</strong>" in text
    assert "<strong>25%</strong> of 4 events throttled" in text
    assert not Survey.objects.exists()
    Campaign.objects.update(event_name="Else")
    assert "tried with another event" in text_of(alice_client, page)
    assert page not in text_of(alice_client, "/segment/replay/")
    backtest = Replay.objects.get()
    assert alice_client.get(f"/segment/replay/{backtest.pk}/").status_code == 404
    assert alice_client.post(f"/segment/replay/{backtest.pk}/send/").status_code == 404


def test_a_backtest_without_events_or_an_event_says_so(alice_client, campaign):
    page = f"/segment/backtest/{campaign.pk}/"
    alice_client.post(page)
    run_replays()
    assert "No such event in 30 days" in text_of(alice_client, page)
    Campaign.objects.update(status=Campaign.Status.DRAFT, event_name="")
    assert "No event yet" in text_of(alice_client, page)
    assert "Choose the campaign" in alice_client.post(page, follow=True).text


def command(*arguments):
    out = StringIO()
    call_command("replay", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_counts_and_sends_when_told(live, two_orders):
    since = f"--since={wall(24)}"
    out = command("--campaign", str(live.pk), since)
    assert "        2  Asked" in out and "Counted only" in out
    assert not Survey.objects.exists()
    out = command("--campaign", str(live.pk), since, "--send")
    assert "2 surveys are scheduled." in out
    assert Survey.objects.count() == 2
    with pytest.raises(CommandError, match="there is nothing to send"):
        command("--campaign", str(live.pk), since, "--send")


@pytest.mark.parametrize(
    ("campaign_id", "since", "sentence"),
    [
        (None, "soon", "is no moment"),
        (None, "2026-13-01", "is no moment"),
        (None, "2001-01-01", "Events are kept 30 days"),
        (424242, "2026-11-01", "There is no campaign 424242"),
    ],
)
def test_the_command_refuses_in_a_sentence(live, campaign_id, since, sentence):
    with pytest.raises(CommandError, match=sentence):
        command("--campaign", str(campaign_id or live.pk), "--since", since)
