"""The admin's pages for the inbox and the quota."""

from __future__ import annotations

import pytest

from segment_ingest.models import DailyUsage, SegmentMessage
from tests.rows import address, make_rows

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [SegmentMessage, DailyUsage])
def test_what_came_in_is_neither_added_changed_nor_deleted(admin_client, model):
    row = make_rows(1)[model]

    assert admin_client.post(address(model, "add"), {}).status_code == 403
    assert admin_client.post(address(model, "change", row.pk), {}).status_code == 403
    delete = admin_client.post(address(model, "delete", row.pk), {"post": "yes"})
    assert delete.status_code == 403


def test_a_message_is_shown_as_it_came(admin_client):
    row = make_rows(1)[SegmentMessage]

    page = admin_client.get(address(SegmentMessage, "change", row.pk)).content.decode()

    assert "&quot;event&quot;: &quot;Order Completed&quot;" in page
    assert "Survey scheduled" in page


def test_a_dropped_body_says_so(admin_client):
    row = make_rows(1)[SegmentMessage]
    SegmentMessage.objects.update(body=None)

    page = admin_client.get(address(SegmentMessage, "change", row.pk)).content.decode()

    assert "Dropped: older than the time that bodies are kept." in page


def test_a_message_is_found_by_its_exact_id(admin_client):
    for number in (1, 2):
        make_rows(number)

    page = admin_client.get(address(SegmentMessage, "changelist"), {"q": "m2"})

    assert [row.message_id for row in page.context["cl"].result_list] == ["m2"]
