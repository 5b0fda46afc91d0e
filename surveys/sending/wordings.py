"""Which version of its template each mail leaves with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from campaigns.template_versions import version_of
from surveys.models import SurveyEmail

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
