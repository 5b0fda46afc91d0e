"""The admin's pages for tenants, people and keys."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission

from promoter.accounts.models import Account, ApiKey, Membership, User
from tests.conftest import PASSWORD
from tests.rows import address, make_rows

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
INLINE = {
    "memberships-TOTAL_FORMS": "0",
    "memberships-INITIAL_FORMS": "0",
}
STRONG = "a9!fresh-Kettle"


def issue(client, account: Account) -> str:
    """Issue a key on the page and read its text off the next one."""
    page = client.post(
        address(ApiKey, "add"), {"account": account.pk, "name": "Segment"}, follow=True
    ).content.decode()
    (text,) = re.findall(r"seg_\w{40}", page)
    return text


def test_a_key_is_issued_shown_once_and_works(admin_client, account):
    text = issue(admin_client, account)

    assert ApiKey.objects.matching(text).account == account
    key = ApiKey.objects.get()
    for path in (address(ApiKey, "changelist"), address(ApiKey, "change", key.pk)):
        page = admin_client.get(path).content.decode()
        assert key.prefix in page
        assert text not in page
        assert key.digest not in page


def test_revoking_keys_asks_first_and_then_refuses_them(admin_client, account):
    text = issue(admin_client, account)
    chosen = {"action": "revoke", "_selected_action": [ApiKey.objects.get().pk]}

    asked = admin_client.post(address(ApiKey, "changelist"), chosen)
    assert "Revoke these keys?" in asked.content.decode()
    assert ApiKey.objects.matching(text) is not None

    admin_client.post(address(ApiKey, "changelist"), chosen | {"confirmed": "yes"})
    assert ApiKey.objects.matching(text) is None


def test_a_key_in_use_cannot_be_deleted(admin_client, account):
    issue(admin_client, account)
    path = address(ApiKey, "delete", ApiKey.objects.get().pk)

    assert admin_client.post(path, {"post": "yes"}).status_code == 403
    assert ApiKey.objects.exists()


def test_the_daily_limit_of_an_account_can_be_set(admin_client, account):
    admin_client.post(
        address(Account, "change", account.pk),
        {
            "name": "Acme",
            "time_zone": "UTC",
            "daily_event_limit": "75000",
            "delivery_policy": "never_twice",
            "send_days": "[]",
            **INLINE,
        },
    )

    account.refresh_from_db()
    assert account.daily_event_limit == 75_000


def test_an_account_with_history_cannot_be_deleted(admin_client):
    used = make_rows(1)[Account]
    path = address(Account, "delete", used.pk)

    assert admin_client.post(path, {"post": "yes"}).status_code == 403


def test_an_account_that_was_never_used_can(admin_client, account):
    path = address(Account, "delete", account.pk)

    assert admin_client.post(path, {"post": "yes"}).status_code == 302
    assert not Account.objects.exists()


def test_a_new_person_signs_in_with_the_password_that_was_set(admin_client, client):
    admin_client.post(
        address(User, "add"),
        {
            "email": "Dora@Example.com",
            "usable_password": "true",
            "password1": STRONG,
            "password2": STRONG,
            **INLINE,
        },
    )

    assert client.login(username="dora@example.com", password=STRONG)


def test_one_address_is_one_person_whatever_its_capitals(admin_client, bob):
    page = admin_client.post(
        address(User, "add"),
        {"email": "BOB@example.com", "usable_password": "false", **INLINE},
    )

    assert page.status_code == 200
    assert User.objects.filter(email__iexact="bob@example.com").count() == 1


def test_a_password_is_set_on_its_own_page_and_never_shown(admin_client, client, bob):
    change = address(User, "change", bob.pk)
    assert bob.password not in admin_client.get(change).content.decode()

    admin_client.post(
        f"/admin/accounts/user/{bob.pk}/password/",
        {"usable_password": "true", "password1": STRONG, "password2": STRONG},
    )

    assert client.login(username=bob.email, password=STRONG)
    assert not client.login(username=bob.email, password=PASSWORD)


@pytest.fixture
def operator_client(client, bob):
    """Bob as an operator who may edit people, and nothing else."""
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(content_type__model="user"))
    client.force_login(bob)
    return client


def test_an_operator_cannot_make_themselves_superuser(operator_client, bob):
    operator_client.post(
        address(User, "change", bob.pk),
        {"email": bob.email, "is_active": "on", "is_superuser": "on", **INLINE},
    )

    bob.refresh_from_db()
    assert not bob.is_superuser


def test_an_operator_cannot_take_a_superusers_seat(operator_client, admin_user):
    for page in (f"{admin_user.pk}/password/", f"{admin_user.pk}/delete/"):
        response = operator_client.post(f"/admin/accounts/user/{page}")
        assert response.status_code == 403


def test_somebody_is_in_an_account_only_once(admin_client, bob, account):
    page = admin_client.post(
        address(Membership, "add"),
        {"account": account.pk, "user": bob.pk, "role": "viewer"},
    )

    assert page.status_code == 200
    assert "already exists" in page.content.decode()


def test_all_keys_of_an_account_are_revoked_after_a_question(admin_client, account, now):
    for name in ("Server", "Web"):
        ApiKey.objects.issue(account=account, name=name, now=now)
    form = {"action": "revoke_keys", "_selected_action": [account.pk]}
    path = address(Account, "changelist")

    assert "can’t be brought back" in admin_client.post(path, form).rendered_content
    assert ApiKey.objects.usable().count() == 2
    admin_client.post(path, form | {"confirmed": "yes"})

    assert not ApiKey.objects.usable().exists()
