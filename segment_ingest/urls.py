"""The Segment page, and the Tracking API at the root where Segment's clients look for it.

Both spellings of each API address are routes of their own: a redirect would turn a POST
into a GET without a body, which every client takes for a success.
"""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from segment_ingest import (
    connect,
    connection_views,
    decision_views,
    event_names,
    key_views,
    page,
    person_views,
    plan_views,
    testing_views,
    timeline_views,
)
from segment_ingest.calls import CALLS
from segment_ingest.replay import backtest_views
from segment_ingest.replay import views as replay_views
from segment_ingest.views import NotHere, SegmentView, WebhookView

urlpatterns: list[URLPattern] = [
    path("segment/", page.segment_page, name="segment"),
    path("segment/connect/", connect.connect_page, name="segment-connect"),
    path("segment/events/", plan_views.tracking_plan, name="segment-events"),
    path("segment/events/turn-off.csv", plan_views.turn_off_csv, name="segment-turn-off"),
    path("segment/event-names/", event_names.event_name_list, name="segment-event-names"),
    path(
        "segment/event-check/<int:pk>/",
        event_names.event_check,
        name="segment-event-check",
    ),
    path("segment/replay/", replay_views.replay_list, name="segment-replays"),
    path("segment/replay/<int:pk>/", replay_views.replay_page, name="segment-replay"),
    path(
        "segment/replay/<int:pk>/send/",
        replay_views.replay_send,
        name="segment-replay-send",
    ),
    path(
        "segment/replay/<int:pk>/stop/",
        replay_views.replay_stop,
        name="segment-replay-stop",
    ),
    path(
        "segment/backtest/<int:pk>/",
        backtest_views.backtest_page,
        name="segment-backtest",
    ),
    path(
        "segment/backtest/<int:pk>/line/",
        backtest_views.backtest_line,
        name="segment-backtest-line",
    ),
    path("campaigns/<int:pk>/log/", decision_views.decision_log, name="campaign-log"),
    path("contacts/<int:pk>/data.json", person_views.person_data, name="contact-data"),
    path(
        "contacts/<int:pk>/timeline/",
        timeline_views.contact_timeline,
        name="contact-timeline",
    ),
    path("contacts/<int:pk>/erase/", person_views.person_erase, name="contact-erase"),
    path(
        "segment/connections/",
        connection_views.open_connection,
        name="segment-connection-open",
    ),
    path(
        "segment/connections/<int:pk>/",
        connection_views.connection_page,
        name="segment-connection",
    ),
    path(
        "segment/connections/<int:pk>/rotate/",
        connection_views.rotate_secret,
        name="segment-connection-rotate",
    ),
    path(
        "segment/connections/<int:pk>/drop-old-secret/",
        connection_views.drop_old_secret,
        name="segment-connection-drop",
    ),
    path(
        "segment/connections/<int:pk>/unsigned/",
        connection_views.take_unsigned,
        name="segment-connection-unsigned",
    ),
    path(
        "segment/connections/<int:pk>/revoke/",
        connection_views.revoke_connection,
        name="segment-connection-revoke",
    ),
    path("segment/test/", testing_views.send_test_event, name="segment-test"),
    path(
        "segment/browser-keys/",
        connect.create_browser_key,
        name="segment-browser-key-create",
    ),
    path("settings/keys/", key_views.api_key_list, name="api-key-list"),
    path("settings/keys/<int:pk>/rename/", key_views.api_key_rename, name="api-key-rename"),
    path("segment/keys/", connect.create_key, name="segment-key-create"),
    path("segment/keys/<int:pk>/revoke/", connect.revoke_key, name="segment-key-revoke"),
]
urlpatterns += [
    re_path(rf"^{address}/?$", SegmentView.as_view(call=call))
    for address, call in CALLS.items()
]
urlpatterns.append(
    re_path(r"^v1/segment/webhook/(?P<token>[^/]+)/?$", WebhookView.as_view())
)
urlpatterns.append(re_path(r"^v1(?:/|$)", NotHere.as_view()))
