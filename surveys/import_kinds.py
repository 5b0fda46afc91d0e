"""The files that this app takes: answers that were collected elsewhere."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contacts.import_jobs import ImportJob
from contacts.importing.kinds import ImportKind, Words, register
from promoter.accounts.audit_actions import Action
from surveys.importing.columns import FIELDS, complaints, guess
from surveys.importing.forms import AnswerOptionsForm
from surveys.importing.reading import read_answer
from surveys.importing.storing import store_answers
from surveys.importing.taking_back import take_back

register(
    ImportJob.Kind.ANSWERS,
    ImportKind(
        fields=FIELDS,
        takes_attributes=True,
        guess=guess,
        complaints=complaints,
        read=read_answer,
        store=store_answers,
        options=AnswerOptionsForm,
        action=Action.ANSWERS_IMPORTED,
        take_back=take_back,
        page=Words(
            address="response-imports",
            title=_("Import past answers"),
            lede=_("What people answered in the tool you used before: the trend goes on."),
            back="response-list",
            back_label=_("Responses"),
            created=_("Answers added"),
            updated=_("New contacts"),
            unchanged=_("There already"),
            notes="surveys/imports/_notes.html",
            after="surveys/imports/_after.html",
        ),
    ),
)
