"""Which version of its template each mail leaves with, and the pages behind it show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from campaigns.models import EmailTemplate, TemplateContent
from campaigns.template_versions import version_of
from surveys.models import Survey, SurveyEmail

_Key = tuple[int, tuple[Any, ...]]


class Wordings:
    """The versions of one run, looked up once for each template as it then is."""

    def __init__(self) -> None:
        self._ids: dict[_Key, int] = {}

    def note(self, email: SurveyEmail, *, now: datetime) -> None:
        """Set the mail's version, in memory: its handoff writes it.

        One that may have left already keeps its own.
        """
        template = email.survey.campaign.email_template
        if template is None or (email.repeating_since and email.template_version_id):
            return
        key = template.pk, tuple(template.content().values())
        if key not in self._ids:
            self._ids[key] = version_of(template=template, now=now).pk
        email.template_version_id = self._ids[key]


def words_shown(survey: Survey) -> TemplateContent:
    """What the survey's pages say: the words of its last mail that was handed over.

    Before that the campaign's; a campaign that is back in draft may have none.
    """
    mails = survey.emails.filter(template_version__isnull=False)
    mail = (
        mails.select_related("template_version__logo")
        .defer("template_version__logo__content")
        .order_by("-pk")
        .first()
    )
    if mail is not None and mail.template_version is not None:
        return mail.template_version
    return survey.campaign.email_template or EmailTemplate(brand=survey.account.name)
