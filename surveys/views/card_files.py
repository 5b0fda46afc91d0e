"""A contact's answers and a campaign's funnel as files: what their pages draw."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from contacts.models import Contact
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.lib.csvs import csv_response
from promoter.lib.exporting import moment_text
from surveys.charts import PersonChart
from surveys.funnel import Funnel, funnel
from surveys.views.contact import chart_of
from surveys.views.results_files import Row, svg_file

HEIGHT = 180


@account_required()
@require_safe
def contact_answers_csv(request: AccountRequest, pk: int) -> HttpResponseBase:
    contact = get_object_or_404(for_account(Contact, request.account), pk=pk)
    return csv_response("answers.csv", _answer_rows(chart_of(contact)))


@account_required()
@require_safe
def contact_answers_svg(request: AccountRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(for_account(Contact, request.account), pk=pk)
    heading = gettext("Scores of this contact over time")
    person = {"person": chart_of(contact)}
    return svg_file("answers", heading, contact.name or str(contact), HEIGHT, person)


@account_required()
@require_safe
def campaign_funnel_csv(request: AccountRequest, pk: int) -> HttpResponseBase:
    campaign = get_object_or_404(for_account(Campaign, request.account), pk=pk)
    return csv_response("funnel.csv", _funnel_rows(funnel(campaign)))


def _answer_rows(chart: PersonChart) -> Iterable[Row]:
    yield ["answered", "campaign", "score", "band"]
    for one in chart.answers:
        yield [moment_text(one.at), one.campaign, one.score, str(one.band)]


def _funnel_rows(found: Funnel) -> Iterable[Row]:
    """Each stage, and behind it what it is the sum of; a zero is a line as well, so that
    the files of two campaigns lie beside each other."""
    yield ["stage", "part_of", "reason", "surveys"]
    yield ["triggered", "", "", found.triggered]
    for reason, count in sorted(found.skipped):
        yield ["not_asked", "triggered", reason.value, count]
    for name in ("scheduled", "sending", "needs_look", "left", "stopped", "sent"):
        yield [name, "triggered", "", getattr(found, name)]
    for name in ("delivered", "bounced", "refused", "delayed", "unheard"):
        yield [name, "sent", "", getattr(found, name)]
    yield ["complained", "delivered", "", found.complained]
    yield ["answered", "sent", "", found.answered]
