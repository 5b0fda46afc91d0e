"""Who says no gets no more mail from this account, whatever row they stand in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.addresses import address_digest
from contacts.models import Suppression
from contacts.suppression import suppress
from surveys.models import SkipReason
from surveys.unsubscribing import unsubscribe
from tests.surveys.asked import ask, kate, statuses


@pytest.fixture
def contact(account):
    return kate(account)


@pytest.fixture
def survey(contact, campaign, now):
    return ask(contact, campaign, now, reminder="scheduled")


def suppressed():
    return list(Suppression.objects.values_list("email", "reason"))


def test_the_address_is_suppressed_and_the_reminder_cancelled(survey, now):
    unsubscribe(survey=survey, now=now)

    assert suppressed() == [("kate@example.com", "unsubscribed")]
    assert statuses(survey) == {"invitation": "sent", "reminder": "cancelled"}


def test_doing_it_twice_changes_nothing(survey, now):
    unsubscribe(survey=survey, now=now)
    unsubscribe(survey=survey, now=now + timedelta(days=1))

    assert Suppression.objects.get().created_at == now


def test_it_holds_where_they_were_asked_when_the_reminder_went_elsewhere(
    survey, contact, deliver, clock, smtp_sink
):
    contact.set_email("new@example.com")
    contact.save()
    clock.now += timedelta(days=3)
    deliver()
    assert smtp_sink.recipients == ["new@example.com"]
    survey.refresh_from_db()
    unsubscribe(survey=survey, now=clock.now)
    digests = set(Suppression.objects.values_list("address_digest", flat=True))
    assert digests == {address_digest(f"{name}@example.com") for name in ("kate", "new")}


def test_what_waits_elsewhere_for_this_person_is_withdrawn_with_its_reason(
    survey, contact, account, campaign, now
):
    again = ask(contact, campaign, now, invitation="scheduled")
    same_address = kate(account, "Kate@Example.com", user_id="second row")
    twin = ask(same_address, campaign, now, invitation="scheduled")
    stranger = ask(kate(account, "joe@example.com"), campaign, now, invitation="scheduled")

    unsubscribe(survey=survey, now=now)

    for withdrawn in (again, twin):
        withdrawn.refresh_from_db()
        assert statuses(withdrawn) == {"invitation": "cancelled"}
        assert withdrawn.skip_reason == SkipReason.SUPPRESSED
        assert withdrawn.skipped_at == now
    stranger.refresh_from_db()
    assert statuses(stranger) == {"invitation": "scheduled"}
    assert stranger.skip_reason == ""


def test_what_a_worker_only_holds_is_taken_from_it(survey, contact, campaign, now):
    claimed = ask(contact, campaign, now, invitation="sending")

    unsubscribe(survey=survey, now=now)

    claimed.refresh_from_db()
    assert statuses(claimed) == {"invitation": "cancelled"}
    assert claimed.skip_reason == SkipReason.SUPPRESSED


@pytest.mark.parametrize("invitation", ["handoff", "uncertain"])
def test_what_may_have_left_is_not_called_back(survey, contact, campaign, now, invitation):
    claimed = ask(contact, campaign, now, invitation=invitation)

    unsubscribe(survey=survey, now=now)

    claimed.refresh_from_db()
    assert statuses(claimed) == {"invitation": invitation}
    assert claimed.skip_reason == ""


def test_what_was_asked_stays_asked(survey, now):
    unsubscribe(survey=survey, now=now)

    survey.refresh_from_db()
    assert survey.asked_at == now
    assert survey.skip_reason == ""


def test_a_person_with_a_new_address_is_heard_for_both(survey, contact, now):
    contact.set_email("kate@new.example.com")
    contact.save()

    unsubscribe(survey=survey, now=now)

    digests = set(Suppression.objects.values_list("address_digest", flat=True))
    assert digests == {survey.address_digest, contact.address_digest}


@pytest.mark.parametrize(
    ("earlier", "after"),
    [
        ("bounced", "unsubscribed"),
        ("manual", "unsubscribed"),
        ("complained", "complained"),
    ],
)
def test_a_persons_word_outlasts_a_full_mailbox(survey, account, now, earlier, after):
    suppress(account=account, email="kate@example.com", reason=earlier, now=now)

    unsubscribe(survey=survey, now=now)

    assert suppressed() == [("kate@example.com", after)]


def test_who_was_erased_can_still_say_no(survey, contact, now):
    contact.delete()
    survey.refresh_from_db()

    unsubscribe(survey=survey, now=now)

    assert suppressed() == [("", "unsubscribed")]


def test_another_account_may_still_mail_them(survey, other_account, now):
    theirs = kate(other_account)

    unsubscribe(survey=survey, now=now)

    assert not Suppression.objects.filter(account=other_account).exists()
    assert theirs.address_digest == Suppression.objects.get().address_digest


def test_it_proves_that_an_uncertain_mail_arrived(contact, campaign, now):
    survey = ask(contact, campaign, now, invitation="uncertain")

    unsubscribe(survey=survey, now=now)

    assert statuses(survey) == {"invitation": "sent"}
