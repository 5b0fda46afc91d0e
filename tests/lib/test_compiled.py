"""A query that is compiled once gives what Django's own gives."""

from __future__ import annotations

import pytest
from django.db.models import Count

from campaigns.models import Campaign
from promoter.lib.compiled import OneById

pytestmark = pytest.mark.django_db


def campaigns(pk):
    return (
        Campaign.objects.filter(pk=pk)
        .select_related("account", "email_template__logo", "throttle")
        .defer("account__link_hosts")
        .annotate(surveys_so_far=Count("surveys"))
    )


def test_it_gives_whole_rows_with_what_is_joined_and_counted(
    campaign, django_assert_num_queries
):
    campaign.account.link_hosts = ["example.com"]
    campaign.account.save()
    one = OneById(campaigns)
    # What counts queries wants their text, so PostgreSQL prepares none of them.
    plainly = one.first(campaign.pk)

    with django_assert_num_queries(1):
        found = one.first(campaign.pk)
        assert (found, found.account, found.email_template, found.throttle) == (
            *(campaign, campaign.account),
            *(campaign.email_template, campaign.throttle),
        )
        assert found.created_at == campaign.created_at
        assert found.surveys_so_far == 0
    assert columns(plainly) == columns(found)
    assert columns(plainly.account) == columns(found.account)
    assert found.account.link_hosts == ["example.com"]


def columns(row):
    return {name: value for name, value in vars(row).items() if name != "_state"}


@pytest.mark.parametrize("pk", [0, 2**62 + 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_an_id_that_no_row_has_finds_none(campaign, pk):
    assert OneById(campaigns).first(pk) is None
