"""Whether workers are at work: a sign of life with a date of expiry, in the broker.

The beat rings a worker every few seconds, the worker leaves the sign. So it is missing
when the beat, the broker or every worker is away, and in each case nothing in the
background gets done. It promises nothing: losing the broker's memory costs one tick.
"""

from __future__ import annotations

import contextlib

import redis
from django.conf import settings

KEY = "promoter:worker-was-here"
# Longer than the longest turn of a task, shorter than a person's patience.
LIFETIME_SECONDS = 60
# A page must not hang on a broker that is away.
PATIENCE_SECONDS = 0.5


def leave_sign() -> None:
    """Called by a worker. A broker that is away gets none, which is what it says."""
    with contextlib.suppress(redis.RedisError), _broker() as broker:
        broker.set(KEY, 1, ex=LIFETIME_SECONDS)


def workers_are_at_work() -> bool:
    """Whether a worker did something within the last minute."""
    try:
        with _broker() as broker:
            return bool(broker.exists(KEY))
    except redis.RedisError:
        return False


def _broker() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
    )
