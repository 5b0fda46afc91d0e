from __future__ import annotations

from django.urls import path, re_path

from campaigns import (
    logo_views,
    template_version_views,
    template_views,
    throttle_views,
    views,
)
from campaigns.setup import views as wizard_views

urlpatterns = [
    re_path(
        r"^logos/(?P<digest>[0-9a-f]{64})\.(?P<ending>png|jpg)$",
        logo_views.logo,
        name="logo",
    ),
    path("campaigns/new/", wizard_views.new_campaign, name="campaign-new"),
    path("campaigns/<int:pk>/setup/", wizard_views.setup, name="campaign-setup"),
    path(
        "campaigns/<int:pk>/setup/<slug:key>/",
        wizard_views.setup_step,
        name="campaign-setup-step",
    ),
    path(
        "campaigns/<int:pk>/duplicate/", wizard_views.duplicate, name="campaign-duplicate"
    ),
    path("campaigns/<int:pk>/delete/", wizard_views.delete, name="campaign-delete"),
    path("campaigns/templates/", template_views.template_list, name="campaign-templates"),
    path(
        "campaigns/templates/new/",
        template_views.template_new,
        name="campaign-template-new",
    ),
    path(
        "campaigns/templates/<int:pk>/",
        template_views.template_edit,
        name="campaign-template",
    ),
    path(
        "campaigns/templates/<int:pk>/delete/",
        template_views.template_delete,
        name="campaign-template-delete",
    ),
    path(
        "campaigns/templates/<int:pk>/versions/",
        template_version_views.template_versions,
        name="campaign-template-versions",
    ),
    path(
        "campaigns/templates/versions/<int:pk>/restore/",
        template_version_views.template_restore,
        name="campaign-template-restore",
    ),
    path("campaigns/throttles/", throttle_views.throttle_list, name="campaign-throttles"),
    path(
        "campaigns/throttles/new/",
        throttle_views.throttle_new,
        name="campaign-throttle-new",
    ),
    path(
        "campaigns/throttles/<int:pk>/",
        throttle_views.throttle_edit,
        name="campaign-throttle",
    ),
    path(
        "campaigns/throttles/<int:pk>/delete/",
        throttle_views.throttle_delete,
        name="campaign-throttle-delete",
    ),
    path("campaigns/<int:pk>/activate/", views.activate, name="campaign-activate"),
    path("campaigns/<int:pk>/resume/", views.resume, name="campaign-resume"),
    path("campaigns/<int:pk>/keep-paused/", views.keep_paused, name="campaign-keep-paused"),
    path("campaigns/<int:pk>/complete/", views.complete, name="campaign-complete"),
]
