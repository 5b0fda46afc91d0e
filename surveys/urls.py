from __future__ import annotations

from django.urls import path

from surveys.views import campaigns, contact, dashboard, responses

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("campaigns/", campaigns.campaign_list, name="campaign-list"),
    path("campaigns/<int:pk>/", campaigns.campaign_page, name="campaign"),
    path("contacts/<int:pk>/", contact.contact_page, name="contact"),
    path("responses/", responses.response_list, name="response-list"),
]
