"""What a person chooses of a file of past answers."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.import_jobs import ImportJob
from contacts.importing.files import upload_path
from contacts.importing.options import OptionsForm
from contacts.importing.uploads import data_records
from promoter.accounts.access import for_account
from surveys.importing.columns import DATES
from surveys.importing.moments import DAY_FIRST, MONTH_FIRST, UNKNOWN, order_of
from surveys.importing.places import LONGEST_CAMPAIGN

# So many rows tell which of two numbers is the day, or nothing does.
ROWS_LOOKED_AT = 1_000


class AnswerOptionsForm(OptionsForm):
    """The campaign for rows that name none, and how dates are read, where that is in
    question."""

    campaign = forms.CharField(
        label=_("Name of the campaign"),
        help_text=_("For rows that name none. It asks nobody: it holds these answers."),
        max_length=LONGEST_CAMPAIGN,
    )
    order = forms.ChoiceField(
        label=_("Order in dates like 03/04/2025"),
        choices=[
            (DAY_FIRST, _("Day first: 3 April")),
            (MONTH_FIRST, _("Month first: March 4")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what comes first, the day or the month.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen, found = self.job.chosen, order_in(self.job)
        self.fields["campaign"].initial = chosen.get("campaign") or self._last_campaign()
        if not found:
            del self.fields["order"]
        else:
            known = found if found != UNKNOWN else ""
            self.fields["order"].initial = chosen.get("order") or known

    def _last_campaign(self) -> str:
        """That of the import before: the same answers, or those mended since, find each
        other there."""
        before = for_account(ImportJob, self.job.account).filter(
            kind=ImportJob.Kind.ANSWERS, queued_at__isnull=False
        )
        last = before.order_by("-pk").first()
        name = str(last.chosen.get("campaign", "")) if last else ""
        return name or gettext("Imported answers")

    def clean_campaign(self) -> str:
        name = " ".join(str(self.cleaned_data["campaign"]).split())
        if not name.isprintable():
            raise ValidationError(gettext("Give the campaign a name."))
        return name

    def questions(self) -> list[str]:
        if "order" in self.fields and not self.job.chosen["order"]:
            return [gettext("Say below what comes first in the dates: day or month.")]
        return []

    def look(self) -> None:
        self.job.chosen = {name: self._said(name) for name in ("campaign", "order")}

    def _said(self, name: str) -> str:
        if name not in self.fields:
            return ""
        said = self.fields[name].initial
        if self.is_bound:
            said = getattr(self, "cleaned_data", {}).get(name)
        return str(said or "")


def order_in(job: ImportJob) -> str:
    """What comes first in the dates of the file's first rows: see order_of. Nothing when
    the file is gone."""
    columns = [index for index, target in enumerate(job.mapping) if target in DATES]
    try:
        with upload_path(job).open("rb") as file:
            found = list(islice(data_records(job, file), ROWS_LOOKED_AT))
    except FileNotFoundError:
        return ""
    return order_of(
        record.values[index].strip()
        for record in found
        for index in columns
        if index < len(record.values)
    )
