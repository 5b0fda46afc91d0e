from __future__ import annotations

from django.urls import path

from contacts import views

urlpatterns = [
    path("contacts/", views.contact_list, name="contact-list"),
]
