"""Our settings with the two peers of sending beside, if they were installed.

`make bench ONLY=sending` puts them into a folder of their own, PEERS: they are no
dependency of ours.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from promoter.settings import *  # noqa: F403, TID251
from promoter.settings import INSTALLED_APPS  # noqa: TID251

sys.path.append(os.environ.get("PEERS", "nowhere"))
PEERS = [name for name in ("post_office", "mailer") if find_spec(name)]
INSTALLED_APPS += PEERS
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = "127.0.0.1", "", ""
EMAIL_USE_TLS = EMAIL_USE_SSL = False
EMAIL_TIMEOUT = 60
MAILER_USE_FILE_LOCK = False
