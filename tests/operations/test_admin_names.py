"""The admin names models and fields in the language of who reads it."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.utils.functional import Promise

from promoter.operations.apps import OURS
from promoter.operations.model_words import WORDS

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def test_the_admin_speaks_german(admin_client, admin_user, account):
    admin_user.language = "de"
    admin_user.save()

    index = admin_client.get("/admin/").content.decode()
    assert "Bewertungen je Tag" in index
    assert "Daily" not in index
    page = admin_client.get(f"/admin/accounts/account/{account.pk}/change/")
    assert "Postanschrift" in page.content.decode()
    assert "Postal address" not in page.content.decode()


def test_every_name_that_the_admin_shows_is_among_the_words(rf, admin_user):
    request = rf.get("/")
    request.user = admin_user
    left = set()
    for model, page in admin.site._registry.items():
        if model._meta.app_label not in OURS:
            continue
        shown = {*page.get_fields(request), *page.get_list_display(request)}
        fields = [field for field in model._meta.fields if field.name in shown]
        names = [field.verbose_name for field in fields]
        names += [model._meta.verbose_name, model._meta.verbose_name_plural]
        left |= {name for name in names if not isinstance(name, Promise)}

    assert left <= {"ID", "URL"}
    assert "daily scoress" not in WORDS
