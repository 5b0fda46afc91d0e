from __future__ import annotations

from django.urls import path

from promoter.accounts import link_views, views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("settings/links/", link_views.link_settings, name="link-settings"),
]
