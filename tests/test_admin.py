"""Every page of the admin opens, and lists cost the same however long they are."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
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
def test_the_pages_of_every_model_open_and_show_no_secret(admin_client, admin_user):
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

    for model, row in [(model, rows[model]) for model in own_models()] + [
        (Authenticator, step)
    ]:
        for page, pk in [("changelist", None), ("change", row.pk)]:
            response = admin_client.get(address(model, page, pk))
            assert response.status_code == 200, (model, page)
            text = response.content.decode()
            assert str(row) in text or page == "changelist" or model is Authenticator
            assert [secret for secret in secrets if secret in text] == [], (model, page)
            # Of thousands of accounts none is offered by name.
            assert "Account 1</a>" not in text.partition('id="changelist-filter"')[2], model


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
    for number in range(2, 6):
        make_rows(number)
    long = {model: _queries_of_list(admin_client, model) for model in own_models()}

    assert long == short


def _queries_of_list(client: Client, model: type[models.Model]) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address(model, "changelist")).status_code == 200
    return len(queries)


@pytest.fixture
def looked_up(rf, admin_user):
    """What the list of a model asks the database for an address, without its page."""

    def look_up(model: type[models.Model], query: str = "") -> ChangeList:
        request = rf.get(address(model, "changelist") + query)
        request.user = admin_user
        found = admin.site.get_model_admin(model).get_changelist_instance(request)
        list(found.result_list)
        return found

    return look_up


def test_every_search_box_finds(looked_up):
    make_rows(1)

    for model in own_models():
        looked_up(model, "?q=acme+'or+1=1")


def test_every_filter_opens(looked_up):
    make_rows(1)

    for model in own_models():
        found = looked_up(model)
        for choices in found.filter_specs:
            # The first choice is "all"; the last says as much as any other.
            *_, choice = choices.choices(found)
            looked_up(model, choice["query_string"])


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
