"""Whether the broker takes what it is given, and what to do when it doesn't.

Asked by writing a word into it: one that is full, or a replica, answers every question.
"""

from __future__ import annotations

import redis
from celery import current_app
from django.utils.translation import gettext_noop

PATIENCE_SECONDS = 2
KEY = "promoter:somebody-looked"
LIFETIME_SECONDS = 60

Fault = tuple[str, str]
ADVICE = gettext_noop("Check REDIS_URL, and that Redis or Valkey runs.")
# The first that fits, so the particular before the general.
FAULTS: dict[type[Exception], Fault] = {
    redis.AuthenticationError: (
        gettext_noop("The broker refuses our password: mail waits until it is right."),
        gettext_noop("Check the user and the password in REDIS_URL."),
    ),
    redis.exceptions.NoPermissionError: (
        gettext_noop("The broker allows us too little: mail waits until it does."),
        gettext_noop("Give the user in REDIS_URL all commands on all keys."),
    ),
    redis.exceptions.OutOfMemoryError: (
        gettext_noop("The broker’s memory is full: mail waits until it takes work again."),
        gettext_noop("Raise its maxmemory, or give Promoter a broker of its own."),
    ),
    redis.ReadOnlyError: (
        gettext_noop("The broker is a read-only replica: mail waits for one to write to."),
        gettext_noop("Point REDIS_URL to the primary."),
    ),
    redis.BusyLoadingError: (
        gettext_noop("The broker is loading its data: mail waits until it is through."),
        gettext_noop("It will be there in a moment."),
    ),
    redis.ResponseError: (
        gettext_noop("The broker takes no work: mail waits until it does."),
        gettext_noop("Its own log says why; a full disk is one reason."),
    ),
    Exception: (
        gettext_noop("The broker does not answer: mail waits until it is back."),
        ADVICE,
    ),
}


def fault_of_broker() -> Fault | None:
    """What is wrong with it and what to do, in English; None when all is well. Asks
    PATIENCE_SECONDS at most for the connection, and for each answer."""
    try:
        with connected() as broker:
            broker.set(KEY, 1, ex=LIFETIME_SECONDS)
    except (redis.RedisError, OSError) as error:
        return next(fault for kind, fault in FAULTS.items() if isinstance(error, kind))
    return None


def connected() -> redis.Redis:
    """The broker's client, with little patience."""
    return redis.Redis.from_url(
        current_app.conf.broker_url,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
    )
