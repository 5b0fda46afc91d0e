"""What the processes of a bench are told, as those of an installation are."""

from __future__ import annotations

SECRET_KEY = "bench" * 12

# Nobody answers at the addresses; a bench that needs somebody there names them.
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": SECRET_KEY,
    "SITE_URL": "http://127.0.0.1",
    "EMAIL_URL": "smtp://127.0.0.1:9",
    "DEFAULT_FROM_EMAIL": "bench@example.com",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "LOG_LEVEL": "ERROR",
}
