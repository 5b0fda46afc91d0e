"""Run by a client's own Python: identify, track, and the same track once more."""

import importlib
import os
import sys

analytics = importlib.import_module(sys.argv[1])
analytics.write_key = os.environ["KEY"]
analytics.host = os.environ["HOST"]

traits = {"email": "ada@example.com", "firstName": "Ada", "plan": "pro"}
analytics.identify("user-42", traits, message_id="the-identify")
analytics.flush()
for _ in range(2):
    analytics.track("user-42", "Order Completed", {"total": 7}, message_id="the-track")
    analytics.flush()
