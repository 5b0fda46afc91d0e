"""Other systems hear of it: signed, again when they were away, never past a no."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from promoter.lib.outbound import OutboundError
from promoter.webhooks import tasks
from promoter.webhooks.claiming import BATCH, LEASE, SHARE, claim_due, sweep_expired
from promoter.webhooks.delivery import deliver_due, record
from promoter.webhooks.models import Delivery, Endpoint, EventType
from promoter.webhooks.outbox import enqueue
from promoter.webhooks.pruning import prune_deliveries
from tests.webhooks.receiver import Reply

Status = Delivery.Status


@pytest.fixture
def told(account, endpoint, now):
    """One thing to tell; gives a function that reads the row again."""
    enqueue(
        account=account,
        event_type=EventType.RESPONSE_CREATED,
        payload={"score": 9, "comment": "Prima 👋"},
        now=now,
    )
    return Delivery.objects.get


def deliver(at):
    with time_machine.travel(at, tick=False):
        return deliver_due(clock=timezone.now)


def signatures(request, secret):
    """Verified as a receiver would, from the specification and not from our code."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b"%s.%s.%s" % (
        request.headers["webhook-id"].encode(),
        request.headers["webhook-timestamp"].encode(),
        request.body,
    )
    good = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return [f"v1,{good}" == one for one in request.headers["webhook-signature"].split(" ")]


def test_it_is_told_once_and_signed(receiver, endpoint, told, now):
    deliver(now)
    deliver(now + timedelta(days=1))

    (request,) = receiver.told
    assert request.path == "/hooks?from=promoter"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-timestamp"] == str(int(now.timestamp()))
    assert signatures(request, endpoint.secret) == [True]
    assert json.loads(request.body)["data"] == {"score": 9, "comment": "Prima 👋"}
    row = told()
    assert (row.status, row.response_code, row.attempt) == (Status.DELIVERED, 200, 1)
    assert row.finished_at == now
    endpoint.refresh_from_db()
    assert endpoint.last_success_at == now


def test_while_a_secret_is_replaced_both_sign(receiver, endpoint, told, now):
    old = endpoint.secret
    endpoint.rotate_secret(now=now)

    deliver(now)

    assert signatures(receiver.told[0], endpoint.secret) == [True, False]
    assert signatures(receiver.told[0], old) == [False, True]


def test_a_secret_made_twice_leaves_the_one_that_the_receiver_has(
    receiver, endpoint, told, now
):
    """The button is pressed twice, or the new secret was not copied in time."""
    known = endpoint.secret
    for minutes in range(5):
        endpoint.rotate_secret(now=now + timedelta(minutes=minutes))

    deliver(now + timedelta(minutes=5))

    (request,) = receiver.told
    assert signatures(request, known) == [False, False, False, True]
    assert signatures(request, endpoint.secret) == [True, False, False, False]


def test_after_a_day_the_replaced_secret_signs_no_more(receiver, endpoint, told, now):
    endpoint.rotate_secret(now=now)

    deliver(now + timedelta(hours=24))

    assert signatures(receiver.told[0], endpoint.secret) == [True]


def test_a_receiver_that_is_away_hears_the_same_again_on_schedule(receiver, told, now):
    receiver.replies += [Reply(500, body=b"Out\x00 of\ncoffee"), Reply(503), Reply(204)]

    deliver(now)
    row = told()
    assert (row.status, row.response_code) == (Status.PENDING, 500)
    assert row.error == "Answered 500: Out of coffee"
    first_wait = row.due_at - now
    assert timedelta(seconds=5) <= first_wait <= timedelta(seconds=5.5)

    deliver(row.due_at - timedelta(milliseconds=1))
    assert len(receiver.told) == 1

    deliver(row.due_at)
    row = told()
    assert timedelta(minutes=5) <= row.due_at - now - first_wait <= timedelta(minutes=5.5)

    deliver(row.due_at)
    assert told().status == Status.DELIVERED
    ids = {request.headers["webhook-id"] for request in receiver.told}
    bodies = {request.body for request in receiver.told}
    times = {request.headers["webhook-timestamp"] for request in receiver.told}
    assert (len(ids), len(bodies), len(times)) == (1, 1, 3)


def test_after_ten_tries_it_is_over_and_the_endpoint_is_switched_off(
    account, receiver, endpoint, told, now
):
    receiver.replies += [Reply(500)] * 20
    at = now
    while told().status == Status.PENDING:
        at = told().due_at
        deliver(at)

    row = told()
    assert (row.status, row.attempt, len(receiver.told)) == (Status.FAILED, 10, 10)
    assert timedelta(hours=75) < at - now < timedelta(hours=84)
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "Nothing could be delivered for three days."


def test_an_endpoint_that_takes_other_things_stays_on(receiver, endpoint, told, now):
    endpoint.last_success_at = now + timedelta(hours=1)
    endpoint.save()
    receiver.replies += [Reply(500)] * 10

    while told().status == Status.PENDING:
        deliver(told().due_at)

    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None


def test_who_says_gone_is_told_nothing_more(account, receiver, endpoint, told, now):
    enqueue(
        account=account,
        event_type=EventType.RESPONSE_UPDATED,
        payload={},
        now=now + timedelta(hours=1),
    )
    receiver.replies.append(Reply(410))

    deliver(now)

    endpoint.refresh_from_db()
    assert endpoint.disabled_at == now
    assert "410" in endpoint.disabled_reason
    statuses = Delivery.objects.order_by("created_at").values_list("status", flat=True)
    assert list(statuses) == [Status.FAILED, Status.CANCELLED]
    assert enqueue(account=account, event_type="response.created", payload={}, now=now) == 0


def test_what_was_written_while_the_endpoint_was_switched_off_is_dropped(
    receiver, endpoint, told, now
):
    Endpoint.objects.update(disabled_at=now, disabled_reason="By hand.")

    deliver(now)

    assert receiver.told == []
    assert (told().status, told().error) == (
        Status.CANCELLED,
        "The endpoint is disabled: By hand.",
    )


def test_a_redirect_is_a_failure_that_says_so(receiver, told, now):
    receiver.replies.append(Reply(301, {"Location": receiver.url}))

    deliver(now)

    assert len(receiver.told) == 1
    assert told().error == "Answered 301: redirects are not followed"


def test_asked_patience_is_given(receiver, told, now):
    receiver.replies.append(Reply(429, {"Retry-After": "3600"}))

    deliver(now)

    assert told().due_at == now + timedelta(hours=1)


def test_our_own_network_is_out_of_reach_unless_switched_on(receiver, told, now, settings):
    settings.WEBHOOK_ALLOW_PRIVATE = False

    deliver(now)

    assert receiver.told == []
    assert told().error == "127.0.0.1 is an address of a private network"
    assert told().status == Status.PENDING


def test_one_bad_address_costs_the_others_nothing(account, receiver, told, now):
    for url in ("http://127.0.0.1:1/", "http://[", "http://localhost:1/"):
        Endpoint.objects.create(account=account, url=url)
    enqueue(account=account, event_type="response.created", payload={}, now=now)

    deliver(now)

    assert len(receiver.told) == 2
    assert Delivery.objects.filter(status=Status.DELIVERED).count() == 2


def test_a_dead_workers_delivery_is_tried_again_under_its_id(receiver, told, now):
    claim_due(now=now)
    after = now + LEASE + timedelta(seconds=1)

    deliver(now + timedelta(seconds=5))
    assert receiver.told == []

    deliver(after)
    row = told()
    assert (row.status, row.attempt) == (Status.DELIVERED, 2)
    assert receiver.told[0].headers["webhook-id"] == row.webhook_id


def test_who_comes_back_from_a_long_sleep_writes_nothing(receiver, told, now):
    (slept,) = claim_due(now=now)
    deliver(now + LEASE + timedelta(seconds=1))
    delivered = told()

    with time_machine.travel(now + timedelta(hours=1), tick=False):
        record(slept, OutboundError("Too late"), now=timezone.now())

    row = told()
    assert (row.status, row.finished_at) == (Status.DELIVERED, delivered.finished_at)


def test_what_ends_its_worker_each_time_is_given_up(told, now):
    Delivery.objects.update(attempt=9)
    claim_due(now=now)

    assert sweep_expired(now=now + timedelta(hours=1)) == 1
    assert told().status == Status.FAILED


def test_a_claim_takes_a_few_of_each_endpoint(account, endpoint, now):
    quiet = Endpoint.objects.create(account=account, url="https://quiet.example/")
    busy = Delivery.objects.bulk_create(
        Delivery(
            account=account,
            endpoint=endpoint,
            event_type="response.created",
            payload="{}",
            created_at=now,
            due_at=now,
        )
        for _ in range(BATCH * 2)
    )
    Delivery.objects.create(
        account=account,
        endpoint=quiet,
        event_type="response.created",
        payload="{}",
        created_at=now,
        due_at=now,
    )

    claimed = claim_due(now=now)

    assert [row.endpoint for row in claimed].count(endpoint) == SHARE
    assert quiet in [row.endpoint for row in claimed]
    again = claim_due(now=now)
    assert not {row.pk for row in again} & {row.pk for row in claimed}
    assert len(busy) == BATCH * 2


def test_all_of_many_are_told(account, receiver, endpoint, now):
    for number in range(30):
        enqueue(
            account=account, event_type="response.created", payload={"n": number}, now=now
        )

    assert deliver(now) is False

    heard = [json.loads(request.body)["data"]["n"] for request in receiver.told]
    assert sorted(heard) == list(range(30))


def test_nothing_due_costs_two_small_queries(db, now, django_assert_num_queries):
    with django_assert_num_queries(2):
        deliver(now)


def test_what_is_sent_again_keeps_its_id(receiver, told, now):
    deliver(now)

    assert Delivery.objects.all().send_again(now=now) == 1
    deliver(now)

    assert len({request.headers["webhook-id"] for request in receiver.told}) == 1
    assert len(receiver.told) == 2


def test_what_is_long_done_is_forgotten(told, now):
    deliver(now)
    assert told().status == Status.DELIVERED

    assert prune_deliveries(now=now + timedelta(days=30)) == 0
    assert prune_deliveries(now=now + timedelta(days=30, seconds=1)) == 1


def test_what_waits_is_never_forgotten(told, now):
    assert prune_deliveries(now=now + timedelta(days=900)) == 0


def test_the_tasks_do_it(receiver, told, now):
    with time_machine.travel(now, tick=False):
        tasks.deliver_due()
    with time_machine.travel(now + timedelta(days=31), tick=False):
        tasks.prune_deliveries()

    assert len(receiver.told) == 1
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_moment_tell_each_thing_once(account, receiver, endpoint, now):
    for number in range(40):
        enqueue(
            account=account, event_type="response.created", payload={"n": number}, now=now
        )
    failures = []

    def work():
        try:
            deliver_due(clock=lambda: now)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert failures == []
    ids = [request.headers["webhook-id"] for request in receiver.told]
    assert len(ids) == len(set(ids)) == 40
