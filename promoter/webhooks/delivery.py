"""Tell the endpoints what is due: claim, sign, POST, record.

The HTTP runs in threads that never touch the database; everything else runs in one. No
transaction is open while a receiver is waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from promoter.lib.outbound import Answer, OutboundError, post
from promoter.webhooks.claiming import BATCH, claim_due, sweep_expired
from promoter.webhooks.models import Delivery, Endpoint
from promoter.webhooks.retrying import next_due
from promoter.webhooks.signing import signed_headers

GONE = 410
MAX_ERROR = 500

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Outcome = Answer | OutboundError
Status = Delivery.Status


def deliver_due(*, clock: Clock, limit: timedelta = timedelta(seconds=40)) -> bool:
    """Send what is due until nothing is left or `limit` has passed.

    True when the time was up first: there may be more.
    """
    end = clock() + limit
    sweep_expired(now=clock())
    with ThreadPoolExecutor(BATCH, thread_name_prefix="webhook") as pool:
        while clock() < end:
            claimed = claim_due(now=clock())
            if not claimed:
                return False
            wanted = [one for one in claimed if one.endpoint.disabled_at is None]
            _cancel(claimed, wanted, now=clock())
            for delivery, outcome in _send_all(wanted, pool, clock):
                record(delivery, outcome, now=clock())
    return True


def _cancel(claimed: list[Delivery], wanted: list[Delivery], *, now: datetime) -> None:
    """Drop those whose endpoint was disabled between their writing and now."""
    for delivery in claimed:
        if delivery not in wanted:
            Delivery.objects.held(delivery).update(
                status=Status.CANCELLED,
                finished_at=now,
                lease_until=None,
                error=f"The endpoint is disabled: {delivery.endpoint.disabled_reason}",
            )


def _send_all(
    claimed: list[Delivery], pool: ThreadPoolExecutor, clock: Clock
) -> Iterator[tuple[Delivery, Outcome]]:
    """Each with its outcome, in the order in which the receivers answer."""
    underway = {pool.submit(send, delivery, now=clock()): delivery for delivery in claimed}
    for future in as_completed(underway):
        yield underway[future], future.result()


def send(delivery: Delivery, *, now: datetime) -> Outcome:
    """One try. Touches no database: it runs in a thread without a connection."""
    endpoint, body = delivery.endpoint, delivery.payload.encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "Promoter-Webhooks/1.0",
    } | signed_headers(
        webhook_id=delivery.webhook_id,
        body=body,
        secrets=endpoint.secrets(now=now),
        now=now,
    )
    try:
        return post(
            endpoint.url,
            body=body,
            headers=headers,
            allow_private=settings.WEBHOOK_ALLOW_PRIVATE,
        )
    except OutboundError as error:
        return error
    except Exception as error:
        # Ours to mend; the delivery keeps its schedule and the others their turn.
        log.exception("webhook %s could not be sent", delivery.webhook_id)
        return OutboundError(f"{type(error).__name__}: {error}")


def record(delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
    """Write down what came of a try, if the row is still ours."""
    code = outcome.status if isinstance(outcome, Answer) else None
    with transaction.atomic():
        if code is not None and 200 <= code < 300:
            _delivered(delivery, code=code, now=now)
        elif code == GONE:
            if _failed(delivery, code=code, error="Answered 410 Gone", now=now):
                _disable(delivery, "It answered 410 Gone: it wants no more.", now)
        else:
            _try_later(delivery, outcome, now=now)


def _delivered(delivery: Delivery, *, code: int, now: datetime) -> None:
    if Delivery.objects.held(delivery).update(
        status=Status.DELIVERED,
        finished_at=now,
        lease_until=None,
        response_code=code,
        error="",
    ):
        Endpoint.objects.filter(pk=delivery.endpoint_id).update(last_success_at=now)


def _try_later(delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
    if isinstance(outcome, Answer):
        code, error = outcome.status, _said(outcome)
        retry_after = outcome.headers.get("retry-after")
    else:
        code, error, retry_after = None, str(outcome), None
    due_at = next_due(
        attempt=delivery.attempt,
        webhook_id=delivery.webhook_id,
        now=now,
        retry_after=retry_after,
    )
    if due_at is not None:
        Delivery.objects.held(delivery).update(
            status=Status.PENDING,
            due_at=due_at,
            lease_until=None,
            response_code=code,
            error=error[:MAX_ERROR],
        )
    elif _failed(delivery, code=code, error=error, now=now):
        succeeded_since = Q(last_success_at__gte=delivery.created_at)
        if not Endpoint.objects.filter(succeeded_since, pk=delivery.endpoint_id).exists():
            _disable(delivery, "Nothing could be delivered for three days.", now)


def _failed(delivery: Delivery, *, code: int | None, error: str, now: datetime) -> bool:
    updated = Delivery.objects.held(delivery).update(
        status=Status.FAILED,
        finished_at=now,
        lease_until=None,
        response_code=code,
        error=error[:MAX_ERROR],
    )
    return updated == 1


def _disable(delivery: Delivery, reason: str, now: datetime) -> None:
    endpoint = Endpoint.objects.select_for_update().get(pk=delivery.endpoint_id)
    if endpoint.disabled_at is None:
        log.warning("webhook endpoint %s is disabled: %s", endpoint.pk, reason)
        endpoint.disable(reason=reason, now=now)


def _said(answer: Answer) -> str:
    """The status, and the start of what stood below it, in one line of plain text."""
    if 300 <= answer.status < 400:
        return f"Answered {answer.status}: redirects are not followed"
    text = "".join(
        character if character.isprintable() else " "
        for character in answer.body[:1_000].decode("utf-8", "replace")
    )
    return f"Answered {answer.status}: {' '.join(text.split())}".removesuffix(": ")
