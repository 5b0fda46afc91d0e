"""The environment of the suite, set before Django reads its settings (see addopts)."""

import gc
import os
from pathlib import Path

from tests.harness.loopback import refuse_the_network

refuse_the_network()
# Looking for cycles after every 700 objects was a tenth of the suite's time.
gc.set_threshold(200_000, 10, 10)
os.environ.setdefault("DEBUG", "1")
# A developer's .env is about their own installation.
os.environ.setdefault("ENV_FILE", os.devnull)
# Tests that need the broker start one; every other must not meet a developer's.
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
# The suite answers at once, and mostly with the clock standing still.
os.environ.setdefault("SURVEY_FASTEST_ANSWER_SECONDS", "0")
# Where webhooks go is made up, and no name is resolved.
os.environ.setdefault("WEBHOOK_ALLOW_PRIVATE", "1")
# No thread that writes after its test has ended.
os.environ.setdefault("SEGMENT_REFUSED_SECONDS", "0")
os.environ.setdefault("EMAIL_URL", "smtp://127.0.0.1:1")

_data = Path(os.environ.setdefault("DATA_DIR", "var")).resolve()
(_data / "static").mkdir(parents=True, exist_ok=True)
