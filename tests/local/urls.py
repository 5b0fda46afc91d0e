"""The addresses as they are under `make run`."""

from django.urls import include, path

from promoter.urls import urlpatterns as everywhere

urlpatterns = [*everywhere, path("mail/", include("promoter.local.urls"))]
