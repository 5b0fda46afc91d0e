from __future__ import annotations

from django.urls import path

from segment_ingest import page

urlpatterns = [
    path("segment/", page.segment_page, name="segment"),
    path("segment/keys/", page.create_key, name="segment-key-create"),
    path("segment/keys/<int:pk>/revoke/", page.revoke_key, name="segment-key-revoke"),
]
