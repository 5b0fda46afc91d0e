"""Operators see what was told, and can switch, rotate and send again."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from promoter.accounts.models import User
from promoter.webhooks.models import Delivery, Endpoint
from tests.rows import make_rows


@pytest.fixture
def rows(db):
    return make_rows(1)


def press(client, model, action, row):
    page = reverse(f"admin:webhooks_{model}_changelist")
    form = {"action": action, "_selected_action": [row.pk], "confirmed": "yes"}
    return client.post(page, form, follow=True)


def test_an_endpoint_is_made_with_a_secret_of_its_own(admin_client, rows, account):
    page = reverse("admin:webhooks_endpoint_add")
    form = {
        "account": account.pk,
        "url": "https://new.example/",
        "event_types": ["response.created"],
    }
    assert admin_client.post(page, form).status_code == 302

    made = Endpoint.objects.get(url="https://new.example/")
    assert made.event_types == ["response.created"]
    assert made.secret.startswith("whsec_")


def test_an_address_that_cannot_be_called_is_refused_at_its_field(admin_client, account):
    page = reverse("admin:webhooks_endpoint_add")
    form = {"account": account.pk, "url": "ftp://new.example/"}

    answer = admin_client.post(page, form).content.decode()

    assert "The address must start with https:// or http://." in answer


def test_switching_off_drops_what_waits_and_on_lets_new_things_through(admin_client, rows):
    endpoint = rows[Endpoint]
    press(admin_client, "endpoint", "disable", endpoint)
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is not None
    assert Delivery.objects.get().status == "cancelled"

    press(admin_client, "endpoint", "enable", endpoint)
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None


def test_a_new_secret_leaves_the_old_one_a_day(admin_client, rows):
    old = rows[Endpoint].secret

    page = reverse("admin:webhooks_endpoint_changelist")
    asked = {"action": "rotate_secret", "_selected_action": [rows[Endpoint].pk]}
    assert "by then the other side" in admin_client.post(page, asked).content.decode()
    assert Endpoint.objects.get().secret == old
    shown = press(admin_client, "endpoint", "rotate_secret", rows[Endpoint])

    endpoint = Endpoint.objects.get()
    assert endpoint.secret in shown.content.decode()
    assert endpoint.secret not in admin_client.get(page).content.decode()
    assert endpoint.old_secret == old
    assert endpoint.secret != old


def test_a_dropped_delivery_can_be_sent_again(admin_client, rows, now):
    Delivery.objects.update(status="failed", finished_at=now, attempt=10)

    press(admin_client, "delivery", "send_again", rows[Delivery])

    row = Delivery.objects.get()
    assert (row.status, row.attempt, row.finished_at) == ("pending", 0, None)


def test_who_may_only_look_sends_nothing(client, rows, now):
    Delivery.objects.update(status="failed", finished_at=now)
    reader = User.objects.create_user("reader@example.com", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client.force_login(reader)

    press(client, "delivery", "send_again", rows[Delivery])

    assert Delivery.objects.get().status == "failed"
