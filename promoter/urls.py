"""Composition: which app answers which address, nothing else."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    # They are tried in this order, and most who come are those who were mailed.
    path("", include("surveys.public_urls")),
    path("", include("segment_ingest.urls")),
    path("", include("surveys.urls")),
    path("", include("campaigns.urls")),
    path("", include("contacts.urls")),
    path("", include("promoter.webhooks.urls")),
    path("", include("promoter.accounts.urls")),
    path("", include("promoter.operations.urls")),
    path("admin/", admin.site.urls),
]
handler400 = "promoter.operations.failing.unreadable"
handler500 = "promoter.operations.failing.broken"
if settings.MAIL_CATCHER_DIR:
    urlpatterns.append(path("mail/", include("promoter.local.urls")))
