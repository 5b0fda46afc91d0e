"""What a link of a mail opens: the survey with all that its pages show, in one query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from campaigns.models import EmailTemplate, Logo, TemplateContent
from contacts.models import Contact
from promoter.accounts.models import Account
from promoter.lib.compiled import OneById
from surveys.models import LinkVisit, Response, Survey, SurveyEmail, SuspectAnswer

# What the pages show of each; other columns would be read and made values for nothing.
SHOWN: Mapping[type[Model], set[str]] = {
    SurveyEmail: {"id", "survey", "template_version"},
    Account: {"id", "name", "time_zone", "link_hosts"},
    Contact: {"id", "first_name", "last_name", "email", "address_digest", "attributes"},
}
# Large, and on none of the pages.
NOT_SHOWN: Mapping[type[Model], set[str]] = {
    Survey: {"attributes"},
    Response: {"attributes"},
    Logo: {"content"},
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A survey, its words, how often its links were opened before, and whether an answer
    to it waits in quarantine."""

    survey: Survey
    words: TemplateContent
    visits: int
    is_held: bool


def open_survey(pk: int) -> Opened | None:
    """It speaks in the words of its last mail that was handed over.

    Before that in the campaign's; a campaign that is back in draft may have none.
    """
    mail: Any = _MAIL.first(pk)
    if mail is not None:
        return Opened(mail.survey, mail.template_version, mail.visits_so_far, mail.is_held)
    survey: Any = _unsent(pk).first()
    if survey is None:
        return None
    words = survey.campaign.email_template or EmailTemplate(brand=survey.account.name)
    return Opened(survey, words, survey.visits_so_far, survey.is_held)


def _last_mail(survey: int) -> QuerySet[SurveyEmail]:
    return (
        SurveyEmail.objects.filter(survey=survey, template_version__isnull=False)
        .select_related(
            *("template_version__logo", "survey__account", "survey__contact"),
            "survey__response",
        )
        .defer(
            *_not_shown(SurveyEmail),
            *_not_shown(Logo, "template_version__logo__"),
            *_not_shown(Survey, "survey__"),
            *_not_shown(Account, "survey__account__"),
            *_not_shown(Contact, "survey__contact__"),
            *_not_shown(Response, "survey__response__"),
        )
        .annotate(**_traces("survey"))
        .order_by("-pk")
    )


def _unsent(pk: int) -> QuerySet[Survey]:
    return (
        Survey.objects.filter(pk=pk)
        .select_related("account", "contact", "campaign__email_template__logo", "response")
        .defer(
            *_not_shown(Logo, "campaign__email_template__logo__"),
            *_not_shown(Survey),
            *_not_shown(Account, "account__"),
            *_not_shown(Contact, "contact__"),
            *_not_shown(Response, "response__"),
        )
        .annotate(**_traces("pk"))
    )


def _not_shown(model: type[Model], path: str = "") -> list[str]:
    names = {field.name for field in model._meta.concrete_fields}
    shown = SHOWN.get(model, names - NOT_SHOWN.get(model, set()))
    return [f"{path}{name}" for name in sorted(names - shown)]


def _traces(survey: str) -> dict[str, Any]:
    visits = LinkVisit.objects.filter(survey=OuterRef(survey)).order_by().values("survey")
    held = SuspectAnswer.objects.filter(
        survey=OuterRef(survey), status=SuspectAnswer.Status.WAITING
    )
    return {
        "visits_so_far": Coalesce(
            Subquery(visits.annotate(all=Count("*")).values("all")), 0
        ),
        "is_held": Exists(held),
    }


_MAIL = OneById(_last_mail)
