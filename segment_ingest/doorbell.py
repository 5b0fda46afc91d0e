"""The bells: events wait in the inbox; a replay waits."""

from __future__ import annotations

from promoter.lib.doorbell import Doorbell

inbox_bell = Doorbell("segment_ingest.tasks.process_inbox")
replay_bell = Doorbell("segment_ingest.tasks.run_replays")
