"""Celery's beat, which a clock that is set back does not stop."""

from __future__ import annotations

from typing import Any

from celery.utils.time import maybe_make_aware
from django_celery_beat.schedulers import DatabaseScheduler


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # it has no types
    """What it last rang for at a moment that is yet to come, it rings for now.

    Celery's own would wait until that moment has come again, and longer: two hours of no
    mail after a clock that was two hours ahead is put right.
    """

    _heap: Any

    def tick(self, *args: Any, **kwargs: Any) -> float:
        # Those it has rung for stand in the heap, in the place of the schedule's.
        known = [*(self._schedule or {}).values(), *(each[2] for each in self._heap or ())]
        ahead = [each for each in known if _is_ahead(each)]
        for entry in ahead:
            entry.last_run_at = entry.model.last_run_at = entry._default_now()
        if ahead:
            # Sorted by moments that are far away now.
            self._heap = None
        return float(super().tick(*args, **kwargs))


def _is_ahead(entry: Any) -> bool:
    now = maybe_make_aware(entry._default_now())
    return bool(maybe_make_aware(entry.last_run_at) > now)
