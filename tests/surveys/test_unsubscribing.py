"""Who says no gets no more mail from this account, whatever row they stand in."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.addresses import address_digest
from contacts.import_jobs import ImportJob
from contacts.importing.runs import run
from contacts.models import Contact, Suppression
from contacts.naming import Named, save_named
from contacts.suppression import suppress
from segment_ingest.processing import process_round
from surveys.models import SkipReason, Survey
from surveys.unsubscribing import unsubscribe
from tests.contacts.uploads import csv_bytes, queued
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


def _by_segment(contact, client, key):
    now = timezone.now()
    rows = [("identify", {"traits": {"email": "new@example.com"}})]
    rows.append(("track", {"event": "Order Completed"}))
    for kind, rest in rows:
        body = {"type": kind, "userId": "u1", "messageId": kind, **rest}
        body["timestamp"] = now.isoformat()
        answer = Client().post(
            f"/v1/{kind}",
            json.dumps(body),
            content_type="application/json",
            headers={"authorization": "Basic " + b64encode(f"{key}:".encode()).decode()},
        )
        assert answer.status_code == 200
    process_round(now=now)


def _by_hand(contact, client, key):
    page = reverse("contact-edit", args=[contact.pk])
    fields = {"email": "new@example.com", "initial-email": contact.email}
    fields |= {"first_name": "Kate", "initial-first_name": "Kate"}
    forms = {"attribute-TOTAL_FORMS": "0", "attribute-INITIAL_FORMS": "0"}
    assert client.post(page, fields | forms).status_code == 302


def _by_file(contact, client, key):
    rows = csv_bytes(["user_id", "email"], ["u1", "new@example.com"])
    queued(contact.account, contact.account.memberships.get().user, rows)
    job = ImportJob.objects.claim(now=timezone.now())
    run(job=job, clock=timezone.now, until=timezone.now() + timedelta(hours=1))


def _by_call(contact, client, key):
    named = Named(user_id="u1", email="new@example.com")
    save_named(account=contact.account, named=named, now=timezone.now())


@pytest.mark.parametrize("change", [_by_segment, _by_hand, _by_file, _by_call])
def test_who_said_no_is_not_asked_at_a_new_address_either(
    account, campaign, contact, survey, now, alice_client, segment_key, change
):
    """A person says no, not a mailbox; a mailbox that is full stays behind."""
    full = kate(account, "full@example.com", user_id="u2")
    suppress(account=account, email=full.email, reason="bounced", now=now)
    for person, user_id in ((contact, "u1"), (full, "u2")):
        Contact.objects.filter(pk=person.pk).update(user_id=user_id)
    unsubscribe(survey=survey, now=now)
    contact.refresh_from_db()

    change(contact, alice_client, segment_key)
    save_named(
        account=account,
        named=Named(user_id="u2", email="roomy@example.com"),
        now=timezone.now(),
    )

    contact.refresh_from_db()
    assert contact.email == "new@example.com"
    assert dict(Suppression.objects.values_list("email", "reason")) == {
        "kate@example.com": "unsubscribed",
        "new@example.com": "unsubscribed",
        "full@example.com": "bounced",
    }
    assert not Survey.objects.exclude(pk=survey.pk).exists()
    assert "The person has another address now" in (
        alice_client.get(reverse("contact-suppressions")).content.decode()
    )
