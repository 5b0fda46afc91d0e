"""The bell that the ingest rings: events wait in the inbox."""

from __future__ import annotations

from promoter.lib.doorbell import Doorbell

inbox_bell = Doorbell("segment_ingest.tasks.process_inbox")
