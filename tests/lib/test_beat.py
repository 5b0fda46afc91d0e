"""The beat goes on whatever is done to the machine's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
import time_machine
from django.utils import timezone

from promoter.celery import app
from promoter.lib.beat import Scheduler


@pytest.mark.django_db(transaction=True)
@pytest.mark.either_database
def test_a_clock_that_is_set_back_does_not_silence_the_beat(valkey, settings):
    scheduler = Scheduler(app=app)
    now = timezone.now()

    def rung_at(moment: object) -> int:
        valkey.flush()
        with time_machine.travel(moment, tick=False):
            for _ in range(3 * len(settings.CELERY_BEAT_SCHEDULE)):
                scheduler.tick()
        with redis.Redis(port=valkey.port) as broker:
            return broker.llen(settings.CELERY_TASK_DEFAULT_QUEUE)

    everything = len(settings.CELERY_BEAT_SCHEDULE)
    assert rung_at(now + timedelta(days=2)) >= everything - 1
    assert rung_at(now + timedelta(days=2)) == 0
    # Put right: what was due by the wrong clock's time is rung for once more, and goes on.
    rung_at(now)
    assert rung_at(now + timedelta(minutes=1)) > 10
