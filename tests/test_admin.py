"""Every page of the admin opens, and lists cost the same however long they are."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from promoter.accounts.models import Account, ApiKey, User
from promoter.webhooks.models import Endpoint
from segment_ingest.models import Connection
from tests.conftest import NOW
from tests.rows import address, make_rows, own_models

pytestmark = pytest.mark.django_db


@pytest.mark.either_database
def test_every_model_has_a_page_or_stands_inside_anothers():
    inside = {
        inline.model for page in admin.site._registry.values() for inline in page.inlines
    }
    ours = {model for app in _own_apps() for model in apps.get_app_config(app).get_models()}

    assert {model.__name__ for model in ours - inside - set(own_models())} == set()


def _own_apps() -> list[str]:
    return [
        app.label
        for app in apps.get_app_configs()
        if app.name.split(".")[0]
        in {"promoter", "contacts", "campaigns", "surveys", "segment_ingest"}
    ]


@pytest.mark.either_database
def test_the_pages_of_every_model_open_with_rows_in_them(admin_client):
    rows = make_rows(1)

    for model in own_models():
        for page, pk in [("changelist", None), ("change", rows[model].pk)]:
            response = admin_client.get(address(model, page, pk))
            assert response.status_code == 200, (model, page)
            assert str(rows[model]) in response.content.decode() or page == "changelist"


@pytest.mark.either_database
def test_whoever_may_add_a_row_gets_the_form(admin_client, rf, admin_user):
    request = rf.get("/")
    request.user = admin_user

    for model in own_models():
        allowed = admin.site.get_model_admin(model).has_add_permission(request)
        response = admin_client.get(address(model, "add"))
        assert response.status_code == (200 if allowed else 403), model


def test_the_periodic_work_is_visible(admin_client):
    for table in ("periodictask", "intervalschedule", "crontabschedule"):
        path = f"/admin/django_celery_beat/{table}/"
        assert admin_client.get(path).status_code == 200


@pytest.mark.either_database
def test_a_long_list_costs_as_many_queries_as_a_short_one(admin_client):
    make_rows(1)
    short = {model: _queries_of_list(admin_client, model) for model in own_models()}
    for number in range(2, 21):
        make_rows(number)
    long = {model: _queries_of_list(admin_client, model) for model in own_models()}

    assert long == short


@pytest.mark.either_database
def test_no_page_shows_a_secret(admin_client, admin_user):
    rows = make_rows(1)
    Endpoint.objects.update(old_secret="whsec_the-old-one", old_secret_until=NOW)
    step = Authenticator.objects.create(
        user=admin_user, type="totp", data={"secret": "the-totp-secret"}
    )
    secrets = {
        *(rows[Endpoint].secret, "whsec_the-old-one", "the-totp-secret"),
        *(rows[ApiKey].digest, rows[Connection].token, "the-connections-secret"),
    }
    Connection.objects.update(secret="the-connections-secret")
    pages = [(model, rows[model].pk) for model in own_models()] + [(Authenticator, step.pk)]

    for model, pk in pages:
        for page, key in (("changelist", None), ("change", pk)):
            text = admin_client.get(address(model, page, key)).content.decode()
            assert [secret for secret in secrets if secret in text] == [], (model, page)


def _queries_of_list(client: Client, model: type[models.Model]) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address(model, "changelist")).status_code == 200
    return len(queries)


def test_every_search_box_finds(admin_client):
    make_rows(1)

    for model in own_models():
        response = admin_client.get(address(model, "changelist"), {"q": "acme 'or 1=1"})
        assert response.status_code == 200, model


def test_every_filter_opens(admin_client):
    make_rows(1)

    for model in own_models():
        page = admin_client.get(address(model, "changelist"))
        for choices in page.context["cl"].filter_specs:
            # The first choice is "all"; the last says as much as any other.
            *_, choice = choices.choices(page.context["cl"])
            path = address(model, "changelist") + choice["query_string"]
            assert admin_client.get(path).status_code == 200, path


@pytest.mark.either_database
def test_a_list_is_filtered_by_an_account_that_is_typed_and_names_no_other(admin_client):
    make_rows(1)
    mine = make_rows(2)[Account]

    path = address(ApiKey, "changelist")
    page = admin_client.get(path).content.decode()
    assert "admin-autocomplete" in page
    assert "Account 1</option>" not in page
    chosen = admin_client.get(path, {"account__id__exact": mine.pk, "q": "seg"})
    assert [key.account for key in chosen.context["cl"].result_list] == [mine]
    assert "selected>Account 2</option>" in chosen.content.decode()
    assert 'name="q" value="seg"' in chosen.content.decode()
    for model in own_models():
        assert "Account 1</a>" not in _filters_of(admin_client, model), model


def _filters_of(client: Client, model: type[models.Model]) -> str:
    page = client.get(address(model, "changelist")).content.decode()
    return page.partition('id="changelist-filter"')[2]


@pytest.mark.either_database
def test_the_owner_of_an_account_is_no_operator(alice_client):
    for model in own_models():
        assert alice_client.get(address(model, "changelist")).status_code == 302


@pytest.mark.either_database
def test_an_operator_sees_only_what_their_permissions_name(alice, alice_client):
    User.objects.filter(pk=alice.pk).update(is_staff=True)

    assert alice_client.get("/admin/").status_code == 200
    for model in own_models():
        assert alice_client.get(address(model, "changelist")).status_code == 403
