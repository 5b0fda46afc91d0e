"""The files that this app takes: contacts, and addresses not to mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from contacts import suppression_rows
from contacts.import_jobs import ImportJob
from contacts.importing import columns
from contacts.importing.chunks import Outcome, import_people
from contacts.importing.forms import ContactOptionsForm, SuppressionOptionsForm
from contacts.importing.kinds import ImportKind, Words, register
from contacts.importing.rows import PersonRow, read_person
from contacts.models import Attribute
from contacts.suppression import Entry
from promoter.accounts.access import for_account
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account
from promoter.lib.csv_reading import Record


def _guess(header: Sequence[str], account: Account) -> list[str]:
    names = for_account(Attribute, account).values_list("name", flat=True)
    return columns.guess(header, set(names))


def _person(record: Record, job: ImportJob, now: datetime) -> PersonRow:
    return read_person(record, mapping=job.mapping)


def _store_people(job: ImportJob, rows: Sequence[PersonRow], now: datetime) -> Outcome:
    return import_people(
        account=job.account,
        rows=rows,
        update=job.duplicates == ImportJob.Duplicates.UPDATE,
        contact_list=job.contact_list,
        now=now,
    )


def _guess_entries(header: Sequence[str], account: Account) -> list[str]:
    return suppression_rows.guess(header)


def _entry(record: Record, job: ImportJob, now: datetime) -> Entry:
    return suppression_rows.read_entry(record, mapping=job.mapping, reason=job.reason)


def _store_entries(job: ImportJob, rows: Sequence[Entry], now: datetime) -> Outcome:
    return suppression_rows.import_entries(account=job.account, entries=rows, now=now)


register(
    ImportJob.Kind.CONTACTS,
    ImportKind(
        fields=columns.FIELDS,
        takes_attributes=True,
        guess=_guess,
        complaints=columns.complaints,
        read=_person,
        store=_store_people,
        options=ContactOptionsForm,
        action=Action.CONTACTS_IMPORTED,
        names_people=True,
        page=Words(
            address="contact-imports",
            title=_("Imports"),
            lede=_("Bring contacts in from a CSV file or a spreadsheet."),
            created=_("New"),
            updated=_("Changed"),
            unchanged=_("As they were"),
        ),
    ),
)
register(
    ImportJob.Kind.SUPPRESSIONS,
    ImportKind(
        fields=suppression_rows.FIELDS,
        takes_attributes=False,
        guess=_guess_entries,
        complaints=suppression_rows.complaints,
        read=_entry,
        store=_store_entries,
        options=SuppressionOptionsForm,
        action=Action.SUPPRESSION_IMPORTED,
        page=Words(
            address="contact-suppression-imports",
            title=_("Import addresses not to mail"),
            lede=_("For example those who unsubscribed in the tool you used before."),
            back="contact-suppressions",
            back_label=_("Not mailed"),
            created=_("New"),
            updated=_("Made permanent"),
            unchanged=_("As they were"),
        ),
    ),
)
