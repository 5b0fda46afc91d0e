"""The least page behind our middleware: what the survey page is measured beside."""

from __future__ import annotations

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from tests.performance.peers import OUR_MIDDLEWARE

settings.MIDDLEWARE = OUR_MIDDLEWARE
application = get_wsgi_application()
