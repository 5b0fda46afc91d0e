from __future__ import annotations

from django.urls import path

from campaigns import views

urlpatterns = [
    path("campaigns/<int:pk>/activate/", views.activate, name="campaign-activate"),
    path("campaigns/<int:pk>/pause/", views.pause, name="campaign-pause"),
    path("campaigns/<int:pk>/resume/", views.resume, name="campaign-resume"),
    path("campaigns/<int:pk>/complete/", views.complete, name="campaign-complete"),
]
