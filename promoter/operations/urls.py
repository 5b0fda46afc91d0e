"""What operators open."""

from __future__ import annotations

from django.urls import path

from promoter.operations import views

urlpatterns = [
    # Before the admin's own addresses, whose last one takes whatever it doesn't know.
    path("admin/status/", views.status, name="operations-status"),
]
