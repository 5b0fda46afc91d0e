"""Imports as a person does them: upload, settle, start."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.import_jobs import ImportJob
from contacts.importing.uploads import receive
from contacts.models import ContactList
from promoter.accounts.models import Account, User

KINDS = {
    "contacts": "contact-imports",
    "suppressions": "contact-suppression-imports",
    "answers": "response-imports",
}


def csv_bytes(*rows: Sequence[str], delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


def upload(client: Client, data: bytes, *, kind: str = "contacts", name: str = "p.csv"):
    """The answer to the upload: a redirect to the settings, or the page with the reason."""
    return client.post(reverse(KINDS[kind]), {"file": SimpleUploadedFile(name, data)})


def settings_of(job: ImportJob, **changed: str) -> dict[str, str]:
    """What the settings page posts when nothing on it is touched, but for `changed`."""
    fields: dict[str, str] = {"start": "yes", "duplicates": "update", "reason": "manual"}
    for index, target in enumerate(job.mapping):
        if target.startswith("attribute:"):
            fields[f"target_{index}"] = "attribute"
            fields[f"name_{index}"] = target.removeprefix("attribute:")
        else:
            fields[f"target_{index}"] = target
    return fields | changed


def queued(
    account: Account,
    user: User,
    data: bytes,
    *,
    kind: str = "contacts",
    contact_list: ContactList | None = None,
    duplicates: str = "update",
    reason: str = "manual",
    campaign: str = "Before",
) -> ImportJob:
    """A job that waits for a worker, with the guessed columns."""
    job = receive(
        account=account,
        user=user,
        kind=kind,
        upload=SimpleUploadedFile("p.csv", data),
        now=timezone.now(),
    )
    job.contact_list, job.duplicates, job.reason = contact_list, duplicates, reason
    job.chosen = {"campaign": campaign, "order": ""}
    assert job.queue(now=timezone.now())
    return ImportJob.objects.get(pk=job.pk)


def rejected(client: Client, job: ImportJob) -> list[list[str]]:
    """The downloaded file of rejected rows, without its header."""
    answer = client.get(reverse("contact-import-rejected", args=[job.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]
