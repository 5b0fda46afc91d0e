"""What a link of a mail opens: the survey with all that its pages show, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from campaigns.models import EmailTemplate, TemplateContent
from promoter.lib.compiled import OneById
from surveys.models import LinkVisit, Survey, SurveyEmail, SuspectAnswer

# Large, and on none of the pages.
NOT_SHOWN = (
    "attributes",
    "response__attributes",
    "contact__attribute_times",
    "contact__attribute_sources",
    "contact__column_times",
    "contact__search_text",
)


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
            "template_version__logo__content", *(f"survey__{name}" for name in NOT_SHOWN)
        )
        .annotate(**_traces("survey"))
        .order_by("-pk")
    )


def _unsent(pk: int) -> QuerySet[Survey]:
    return (
        Survey.objects.filter(pk=pk)
        .select_related("account", "contact", "campaign__email_template__logo", "response")
        .defer("campaign__email_template__logo__content", *NOT_SHOWN)
        .annotate(**_traces("pk"))
    )


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
