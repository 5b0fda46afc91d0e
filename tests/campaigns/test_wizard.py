"""The setup's order and progress, apart from any page."""

from __future__ import annotations

import pytest
from django.db import connection

from campaigns.models import Campaign
from campaigns.setup import wizard
from campaigns.setup.wizard import BY_KEY, FIRST, REVIEW, STEPS, State, Wizard
from promoter.accounts.access import hold


def draft(*saved: str, **columns: object) -> Campaign:
    return Campaign(setup_steps=list(saved), **columns)


def test_every_step_needs_the_one_before_it():
    # An imported campaign is set up by nobody.
    for kind in set(Campaign.Kind) - {Campaign.Kind.IMPORTED}:
        campaign = draft(kind=kind)
        steps = wizard.steps_of(campaign)
        before = [wizard.before(step, campaign=campaign) for step in steps]
        after = [wizard.after(step, campaign=campaign) for step in steps]
        assert (before, after) == ([None, *steps[:-1]], [*steps[1:], REVIEW])


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("segment", {"event", "options"}),
        ("one_time", {"when"}),
        ("recurring", {"when"}),
        ("api", set()),
    ],
)
def test_each_kind_has_its_own_steps(kind, own):
    campaign = draft(kind=kind)
    shared = {"kind", "template", "list", "delivery", "throttle", "review"}
    assert {step.key for step in wizard.steps_of(campaign)} == shared | own
    foreign = [step for step in STEPS if step.key in {"event", "options", "when"} - own]
    assert not any(Wizard(campaign).is_open(step) for step in foreign)


def test_every_step_but_the_review_says_what_a_later_change_affects():
    assert all(step.effect for step in STEPS if step is not REVIEW)


def test_a_new_draft_begins_at_the_beginning():
    new = Wizard(draft())
    assert new.here() is FIRST
    assert [mark.is_open for mark in new.marks(FIRST)] == [True] + [False] * 7


def test_defaults_count_only_once_somebody_has_agreed_to_them():
    campaign = draft("kind", name="A")
    assert not Wizard(campaign).is_done(BY_KEY["delivery"])
    campaign.setup_steps.append("delivery")
    assert Wizard(campaign).is_done(BY_KEY["delivery"])


def test_a_step_without_its_value_is_not_done_though_it_was_saved():
    campaign = draft("kind", "template", name="A")
    assert Wizard(campaign).here().key == "template"
    campaign.email_template_id = 1
    assert Wizard(campaign).here().key == "list"


def test_a_later_step_is_closed_while_an_earlier_one_is_open():
    campaign = draft("kind", "delivery", "throttle", name="A")
    assert not Wizard(campaign).is_open(BY_KEY["event"])
    assert Wizard(campaign).is_open(BY_KEY["template"])


def test_of_an_activated_campaign_everything_is_done():
    campaign = Campaign(
        status=Campaign.Status.READY,
        name="A",
        event_name="E",
        email_template_id=1,
        contact_list_id=1,
    )
    states = {mark.state for mark in Wizard(campaign).marks(FIRST)}
    assert states == {State.CURRENT, State.DONE}
    assert Wizard(campaign).here() is REVIEW
    assert REVIEW.title_for(campaign) == "Overview"


@pytest.mark.django_db
def test_a_copy_of_the_longest_name_still_fits(campaign):
    campaign.name = "x" * 120
    campaign.save()
    names = {wizard.duplicate(campaign=campaign).name for _ in range(3)}
    assert len(names) == 3
    assert max(len(name) for name in names) == 120


@pytest.mark.django_db
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time anyway"
)
def test_holding_the_account_does_not_stop_arriving_rows(
    account, django_assert_num_queries
):
    with django_assert_num_queries(1) as queries:
        hold(account)
    assert "FOR NO KEY UPDATE" in queries[0]["sql"]
