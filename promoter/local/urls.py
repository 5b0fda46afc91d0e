from __future__ import annotations

from django.urls import path

from promoter.local import views

urlpatterns = [
    path("", views.mail_list, name="mail-list"),
    path("<slug:name>/", views.mail, name="mail"),
    path("<slug:name>/html/", views.mail_html, name="mail-html"),
    path("<slug:name>/source/", views.mail_source, name="mail-source"),
]
