"""Replays: whom stored events would ask, and that they ask exactly those, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.models import Campaign, Throttle
from contacts.models import Suppression
from segment_ingest.models import Replay, SegmentMessage
from segment_ingest.replay import forecasting, rehearsing, replaying
from segment_ingest.replay.replaying import run, start
from surveys.models import Survey, SurveyEmail
from tests.segment_ingest.stored import counted, person, sent, stored, work_off

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _live(campaign, now):
    campaign.status = Campaign.Status.ACTIVE
    campaign.first_event_at = now
    campaign.save()


def verdict_of(message_id: str) -> str:
    message = SegmentMessage.objects.get(message_id=message_id)
    return f"{message.verdict}: {message.detail}" if message.detail else message.verdict


def test_a_count_says_what_would_happen_and_writes_none_of_it(account, campaign, now):
    ada = person(account, "ada")
    person(account, "nomail", email="")
    gone = person(account, "gone")
    Suppression.objects.create(
        account=account, address_digest=gone.address_digest, reason="unsubscribed"
    )
    stored(account, "1", at=now - 5 * HOUR)
    stored(account, "2", at=now - 4 * HOUR)
    stored(account, "3", at=now - 3 * HOUR, user_id="nomail")
    stored(account, "4", at=now - 3 * HOUR, user_id="gone")
    stored(account, "5", at=now - 3 * HOUR, user_id="who?")
    stored(account, "6", at=now - 2 * HOUR, event="Order completed")
    stored(account, "7", at=now - 3 * DAY)
    replay = counted(campaign, now=now)
    assert (replay.status, replay.total, replay.seen) == ("done", 5, 5)
    assert replay.counts == {
        "scheduled": 1,
        "throttled": 1,
        "no_address": 1,
        "suppressed": 1,
        "not_identified": 1,
    }
    assert (replay.people, replay.oldest_at) == (1, now - 5 * HOUR)
    assert not Survey.objects.exists()
    assert verdict_of("1") == "no_campaign"

    replay = sent(replay, now=now)
    assert replay.counts == replay.forecast
    survey = Survey.objects.get()
    assert (survey.contact, survey.trigger_id, survey.due_at) == (ada, "1", now)
    assert verdict_of("1") == "scheduled: Replayed on 23 November 2026 for After an order."
    assert SegmentMessage.objects.get(message_id="1").survey == survey
    assert verdict_of("2") == "throttled: Replayed on 23 November 2026 for After an order."
    assert verdict_of("6") == verdict_of("7") == "no_campaign"
    assert list(campaign.contact_list.contacts.all()) == [ada]


def test_a_second_replay_asks_nobody(account, campaign, now):
    for name in ("ada", "ben"):
        person(account, name)
        stored(account, name, at=now - HOUR, user_id=name)
    sent(counted(campaign, now=now), now=now)
    again = counted(campaign, now=now + HOUR)
    assert again.counts == {"ignored": 2}
    assert not again.may_send(now=now + HOUR)
    sent(again, now=now + HOUR)
    assert Survey.objects.count() == 2
    assert verdict_of("ada").startswith("scheduled: Replayed on")


@pytest.mark.parametrize(
    ("delay", "hours_ago", "due_in"),
    [(0, 5, 0 * HOUR), (1, 5, 19 * HOUR), (1, 47, 0 * HOUR)],
)
def test_mail_is_due_as_the_delay_says_and_never_in_the_past(
    account, campaign, now, delay, hours_ago, due_in
):
    Campaign.objects.update(delivery_delay=delay)
    person(account, "ada")
    stored(account, "1", at=now - hours_ago * HOUR)
    sent(counted(campaign, now=now), now=now)
    survey = Survey.objects.get()
    assert survey.due_at == now + due_in
    assert survey.triggered_at == now - hours_ago * HOUR
    assert SurveyEmail.objects.get().due_at == survey.due_at


def test_the_window_bounds_the_event_s_own_time_too(account, campaign, now):
    """Segment replays years of history in an hour; a person chose two days."""
    person(account, "ada")
    stored(account, "1", at=now - HOUR, timestamp=now - 400 * DAY)
    assert counted(campaign, now=now).counts == {"late": 1}
    assert counted(campaign, now=now, back=20 * DAY).counts == {"late": 1}


def test_what_waits_for_its_own_turn_is_left_to_it(account, campaign, now):
    person(account, "ada")
    stored(account, "1", at=now - HOUR, verdict="", processed_at=None)
    stored(account, "2", at=now - HOUR, verdict="held", held_until=now + HOUR)
    replay = sent(counted(campaign, now=now), now=now)
    assert (replay.status, replay.counts) == ("done", {})
    assert verdict_of("1") == ""


def test_who_has_withdrawn_since_is_not_asked(account, campaign, now):
    Campaign.objects.update(cancel_event="Order Refunded")
    for name in ("ada", "ben"):
        person(account, name)
        stored(account, name, at=now - 5 * HOUR, user_id=name)
    stored(account, "before", at=now - 6 * HOUR, user_id="ben", event="Other")
    stored(account, "refund", at=now - 2 * HOUR, event="Order Refunded")
    replay = sent(counted(campaign, now=now), now=now)
    assert replay.counts == replay.forecast == {"scheduled": 1, "withdrew": 1}
    assert Survey.objects.get().trigger_id == "ben"


def test_a_survey_of_another_campaign_keeps_its_word(account, campaign, template, now):
    other = Campaign.objects.create(
        account=account,
        name="Other",
        status="active",
        event_name="Order Completed",
        email_template=template,
        contact_list=campaign.contact_list,
        activated_at=now,
    )
    ada = person(account, "ada")
    survey = Survey.objects.create(
        account=account,
        campaign=other,
        contact=ada,
        trigger_id="1",
        triggered_at=now - HOUR,
        due_at=now - HOUR,
    )
    stored(account, "1", at=now - HOUR, verdict="scheduled", survey=survey)
    replay = sent(counted(campaign, now=now), now=now)
    assert replay.counts == {"throttled": 1}
    assert verdict_of("1") == "scheduled"


def test_the_first_event_that_asks_makes_a_ready_campaign_active(account, campaign, now):
    Campaign.objects.update(status=Campaign.Status.READY, first_event_at=None)
    person(account, "ada")
    stored(account, "1", at=now - HOUR)
    replay = counted(campaign, now=now)
    campaign.refresh_from_db()
    assert campaign.status == "ready"
    sent(replay, now=now)
    campaign.refresh_from_db()
    assert campaign.status == "active"


def test_a_paused_campaign_is_counted_and_asks_nobody(account, campaign, now):
    Campaign.objects.update(status=Campaign.Status.PAUSED)
    person(account, "ada")
    stored(account, "1", at=now - HOUR)
    replay = counted(campaign, now=now)
    assert replay.counts == {"scheduled": 1}
    replay = sent(replay, now=now)
    assert replay.status == "failed"
    assert "not live any more" in replay.error
    assert not Survey.objects.exists()


def test_one_that_is_stopped_stops_after_its_batch(account, campaign, now, monkeypatch):
    monkeypatch.setattr(replaying, "BATCH", 2)
    for number in range(6):
        person(account, f"u{number}")
        stored(account, f"{number}", at=now - HOUR, user_id=f"u{number}")
    replay = counted(campaign, now=now)
    assert replay.send(now=now)
    claimed = Replay.objects.claim(now=now)
    ticks = []

    def clock():
        ticks.append(1)
        if len(ticks) == 3:
            assert Replay.objects.get(pk=replay.pk).cancel(now=now)
        return now

    run(replay=claimed, clock=clock, until=None)
    replay.refresh_from_db()
    assert (replay.status, replay.counts, replay.seen) == ("cancelled", {"scheduled": 4}, 4)
    assert Survey.objects.count() == 4


def test_a_turn_that_is_over_leaves_the_rest_to_the_next(
    account, campaign, now, monkeypatch
):
    monkeypatch.setattr(replaying, "BATCH", 2)
    for number in range(5):
        person(account, f"u{number}")
        stored(account, f"{number}", at=now - HOUR, user_id=f"u{number}")
    replay = counted(campaign, now=now)
    replay.send(now=now)
    for done in (2, 4, 5):
        claimed = Replay.objects.claim(now=now)
        assert run(replay=claimed, clock=lambda: now, until=now)
        assert Replay.objects.get().seen == Survey.objects.count() == done
    assert Replay.objects.get().status == "done"


def test_a_worker_that_lost_its_replay_writes_nothing(account, campaign, now):
    person(account, "ada")
    stored(account, "1", at=now - HOUR)
    replay = counted(campaign, now=now)
    replay.send(now=now)
    slept = Replay.objects.claim(now=now)
    later = now + timedelta(minutes=5)
    taken = Replay.objects.claim(now=later)
    assert taken.attempt == slept.attempt + 1
    run(replay=slept, clock=lambda: later, until=None)
    assert not Survey.objects.exists()
    run(replay=taken, clock=lambda: later, until=None)
    assert Replay.objects.get().status == "done"


def test_only_one_runs_in_an_account(account, campaign, now):
    for _ in range(2):
        start(campaign=campaign, since=now - DAY, created_by=None, now=now)
    assert Replay.objects.claim(now=now) is not None
    assert Replay.objects.claim(now=now) is None


def test_a_failure_of_ours_is_written_on_it(account, campaign, now, monkeypatch):
    def breaks(**_):
        raise RuntimeError("boom")

    monkeypatch.setattr(forecasting, "rehearse", breaks)
    replay = counted(campaign, now=now)
    assert replay.status == "failed"
    assert "went wrong on our side" in replay.error


events = st.lists(
    st.tuples(
        st.sampled_from(["ada", "ben", "cem", "gone", "nomail", "who?", "twin"]),
        st.integers(0, 6 * 24),
        st.sampled_from(["Order Completed"] * 4 + ["Order Refunded"]),
    ),
    max_size=14,
)


@given(
    events=events,
    delay=st.integers(0, 4),
    throttle=st.none()
    | st.tuples(st.integers(1, 5), st.sampled_from(Throttle.Scope), st.integers(0, 3)),
    window=st.lists(st.integers(0, 6), max_size=3),
    asked=st.lists(st.tuples(st.sampled_from(["ada", "ben"]), st.integers(-3, 6))),
    cancels=st.booleans(),
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 5)),
)
@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_counted_is_what_is_sent(
    account, campaign, template, now, events, delay, throttle, window, asked, cancels, sizes
):
    world(account, campaign, template, now, events, asked)
    Campaign.objects.filter(pk=campaign.pk).update(
        delivery_delay=delay,
        cancel_event="Order Refunded" if cancels else "",
        throttle=throttle
        and Throttle.objects.of(
            account=account, days=throttle[0], scope=throttle[1], defer_days=throttle[2]
        ),
        send_days=window,
    )
    before = Survey.objects.count()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rehearsing, "BATCH", sizes[0])
        patch.setattr(replaying, "BATCH", sizes[1])
        replay = counted(campaign, now=now, back=5 * DAY)
        assert Survey.objects.count() == before
        replay = sent(replay, now=now)
    assert replay.counts == replay.forecast
    assert Survey.objects.count() - before == replay.surveys
    assert not counted(campaign, now=now, back=5 * DAY).surveys


def world(account, campaign, template, now, events, asked):
    """Everybody anew, what they did, and what another campaign asked them."""
    for rows in (Survey, SegmentMessage, Replay, Suppression):
        rows.objects.all().delete()
    account.contacts.all().delete()
    people = {name: person(account, name) for name in ("ada", "ben", "cem", "gone")}
    people["nomail"] = person(account, "nomail", email="")
    # Two contacts, one mailbox.
    people["twin"] = person(account, "twin", email="ADA@example.com")
    Suppression.objects.create(
        account=account, address_digest=people["gone"].address_digest, reason="bounced"
    )
    other, _ = Campaign.objects.get_or_create(
        account=account,
        name="Another",
        defaults={
            "status": "active",
            "event_name": "Signed Up",
            "email_template": template,
            "contact_list": campaign.contact_list,
            "activated_at": now,
        },
    )
    for number, (name, day) in enumerate(asked):
        Survey.objects.create(
            account=account,
            campaign=other,
            contact=people[name],
            address_digest=people[name].address_digest,
            trigger_id=f"other {number}",
            triggered_at=now - day * DAY,
            due_at=now - day * DAY,
        )
    ordered = sorted(events, key=lambda each: -each[1])
    for number, (name, hours, event) in enumerate(ordered):
        at = now - hours * HOUR - HOUR
        stored(account, f"m{number}", at=at, user_id=name, event=event)


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [
            {"of": "event", "name": "total", "op": "missing"},
            {"of": "contact", "name": "first_name", "op": "missing"},
        ],
    ],
)
def test_a_batch_costs_the_same_statements_however_many_people(
    account, campaign, now, conditions
):
    Campaign.objects.update(cancel_event="Order Refunded", conditions=conditions)
    found = []
    for people in (3, 60):
        Survey.objects.all().delete()
        for number in range(people):
            person(account, f"{people}-{number}")
            stored(account, f"{people}-{number}", at=now, user_id=f"{people}-{number}")
        with CaptureQueriesContext(connection) as counting:
            replay = counted(campaign, now=now + HOUR)
        assert replay.surveys >= people
        with CaptureQueriesContext(connection) as sending:
            sent(replay, now=now + HOUR)
        found.append((statements(counting), statements(sending)))
    assert found[0] == found[1]


def statements(captured: CaptureQueriesContext) -> int:
    """Without inserts: SQLite takes 999 parameters, so Django splits them there."""
    texts = [query["sql"] for query in captured.captured_queries]
    return len([text for text in texts if not text.startswith("INSERT")])


def test_a_count_that_was_cut_off_begins_anew(account, campaign, now):
    person(account, "ada")
    stored(account, "1", at=now - HOUR)
    replay = start(campaign=campaign, since=now - DAY, created_by=None, now=now)
    dead = Replay.objects.claim(now=now)
    assert dead.hold(seen=1, counts={"scheduled": 1})
    assert work_off(replay, now=now + timedelta(minutes=5)).counts == {"scheduled": 1}
