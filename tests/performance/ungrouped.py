"""Ours with a transaction for each request: what storing together is measured beside.

Run by granian as `tests.performance.ungrouped:application`.
"""

from __future__ import annotations

from promoter.lib.together import Together
from promoter.wsgi import application
from segment_ingest import inbox

__all__ = ["application"]


class Alone(Together[inbox.Wish, inbox.Stored]):
    """Nobody waits for the others of the process, nor takes any of them along."""

    def do(self, ask: inbox.Wish) -> inbox.Stored:
        (outcome,) = self._work([ask])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


inbox._together = Alone(inbox._store_all, weigh=lambda wish: 1, most=1)
