"""The inbox as a whole: order, turns, failures, and what a batch costs."""

from __future__ import annotations

import pytest
from django.db import DataError, OperationalError, connection
from django.utils import timezone

from campaigns.models import Campaign
from promoter.accounts.models import ApiKey
from segment_ingest import folding, processing
from segment_ingest.processing import process_account, process_round
from surveys.models import Survey
from tests.segment_ingest.conftest import Segment, contact, process


def test_a_message_that_can_t_be_processed_fails_alone(
    segment, campaign, verdict, monkeypatch
):
    honest = folding.set_attributes

    def trips_over_one(contact, values, *, at):
        if values.get("plan") == "poison":
            raise RuntimeError("boom")
        return honest(contact, values, at=at)

    monkeypatch.setattr(folding, "set_attributes", trips_over_one)
    segment.identify(messageId="1", traits={"email": "ada@example.com"})
    segment.identify(messageId="2", traits={"plan": "poison"})
    segment.track(messageId="3")
    assert process() == 3
    assert verdict("2") == "failed: RuntimeError while processing."
    assert (verdict("1"), verdict("3")) == ("contact_saved", "scheduled")


def test_a_message_that_the_database_refuses_fails_alone(segment, campaign, verdict):
    def refuse_the_poisoned(execute, sql, params, many, context):
        if (
            "contacts_contact" in sql
            and sql.startswith("INSERT")
            and "poison" in str(params)
        ):
            raise DataError("a value that no cleaning foresaw")
        return execute(sql, params, many, context)

    segment.identify(messageId="1", traits={"email": "ada@example.com"})
    segment.identify("poison", messageId="2")
    segment.track(messageId="3")
    with connection.execute_wrapper(refuse_the_poisoned):
        assert process() == 3
    assert verdict("2") == "failed: DataError while processing."
    assert (verdict("1"), verdict("3")) == ("contact_saved", "scheduled")


def test_a_database_that_is_away_fails_nothing(segment, campaign, verdict):
    def away(execute, *args):
        raise OperationalError("server closed the connection unexpectedly")

    segment.identify()
    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        process()
    assert verdict() == ""
    assert process() == 1
    assert verdict() == "contact_saved"


def test_an_account_the_database_gives_up_on_costs_the_others_nothing(
    segment, other_account, account, monkeypatch
):
    stranger = Segment(
        ApiKey.objects.issue(account=other_account, name="S", now=timezone.now())[1]
    )
    segment.identify("busy")
    stranger.identify("quiet")
    honest = processing._fold

    def times_out_for_one(of, *args):
        if of == account:
            raise OperationalError("canceling statement due to statement timeout")
        return honest(of, *args)

    monkeypatch.setattr(processing, "_fold", times_out_for_one)
    process_round(now=timezone.now())
    assert other_account.contacts.count() == 1
    assert not account.contacts.exists()
    monkeypatch.undo()
    assert process() == 1


def test_accounts_take_turns(segment, other_account, account, now):
    stranger = Segment(ApiKey.objects.issue(account=other_account, name="S", now=now)[1])
    for number in range(12):
        segment.identify(f"busy-{number}")
    stranger.identify("quiet")
    process_round(now=timezone.now(), limit=5)
    assert other_account.contacts.count() == 1
    assert account.contacts.count() == 5


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
def test_batches_of_any_size_end_in_the_same_state(segment, campaign, verdict, limit):
    segment.track(messageId="early")
    segment.identify(traits={"email": "ada@example.com", "n": 1})
    segment.identify(traits={"n": 2})
    segment.track(messageId="first")
    segment.identify(traits={"n": 3})
    segment.track(messageId="second")
    assert process(limit) == 6
    found = [verdict("early"), verdict("first"), verdict("second")]
    assert found == ["not_identified", "scheduled", "throttled"]
    assert Survey.objects.get().attributes["n"] == 2
    assert contact().attributes["n"] == 3


def statements(queries):
    """One for many rows is one."""
    words = ("SELECT", "INSERT", "UPDATE", "DELETE")
    texts = [query["sql"].partition(" times: ") for query in queries]
    return [text for a, _, b in texts if (text := b or a).startswith(words)]


@pytest.mark.parametrize("people", [2, 60])
def test_a_batch_costs_the_same_statements_however_many_people(
    segment, campaign, account, template, now, django_assert_max_num_queries, people
):
    for number in range(people // 10):
        Campaign.objects.create(
            account=account,
            name=f"Campaign {number}",
            status=Campaign.Status.READY,
            event_name="Order Completed",
            email_template=template,
            contact_list=campaign.contact_list,
            delivery_delay=2 * number,
            activated_at=now,
        )
    events = []
    for number in range(people):
        user = {"userId": str(number), "context": {}}
        traits = {"email": f"{number}@example.com"}
        events.append({"type": "identify", "traits": traits, **user})
        events.append({"type": "track", "event": "Order Completed", **user})
    segment.batch(*events)
    with django_assert_max_num_queries(400) as captured:
        process_account(account_id=account.pk, now=timezone.now())
    assert Survey.objects.count() >= people
    found = statements(captured.captured_queries)
    # SQLite takes 999 parameters a statement, so Django splits its inserts there.
    whole = [sql for sql in found if not sql.startswith("INSERT")]
    assert len(whole) == 20
    assert len({sql.split()[2] for sql in found if sql.startswith("INSERT")}) == 6
