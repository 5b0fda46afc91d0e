"""Keep every wording of a template, so that mail already sent stays as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from campaigns.email_templates import EmailTemplate, TemplateContent, TemplateVersion
from promoter.accounts.models import User

# A worker may hold a template as it was before somebody's last edits.
LOOKED_THROUGH = 10


def version_of(*, template: EmailTemplate, now: datetime) -> TemplateVersion:
    """The version with the template's content as it is in memory, made if there is none.

    Raises EmailTemplate.DoesNotExist when it must be made and the template is gone.
    """
    return _same(template) or _keep(template, looked_through=LOOKED_THROUGH, now=now)


def store_template(*, template: EmailTemplate, now: datetime, by: User | None) -> None:
    """Write the template and keep both wordings: the one it had, and the new one.

    Call it in a transaction.
    """
    before = EmailTemplate.objects.filter(pk=template.pk).first()
    if before is not None:
        _keep(before, now=before.updated_at)
    template.updated_at = now
    template.save()
    _keep(template, now=now, by=by)


def _keep(
    template: EmailTemplate,
    *,
    now: datetime,
    by: User | None = None,
    looked_through: int = 1,
) -> TemplateVersion:
    """A new version, unless one of the newest is the same."""
    with transaction.atomic():
        # Two who meet here make one version, not two, and each number comes once.
        EmailTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
        found = _same(template, looked_through)
        if found is not None:
            return found
        newest = template.versions.first()
        return template.versions.create(
            account_id=template.account_id,
            number=newest.number + 1 if newest else 1,
            created_at=now,
            created_by=by,
            **template.content(),
        )


def _same(
    template: EmailTemplate, looked_through: int = LOOKED_THROUGH
) -> TemplateVersion | None:
    content = template.content()
    newest = template.versions.all()[:looked_through]
    return next((version for version in newest if version.content() == content), None)


def restore(*, version: TemplateVersion, now: datetime, by: User) -> EmailTemplate | None:
    """Let the template say once more what it said then; None when it is gone.

    Call it in a transaction.
    """
    template = version.template
    if template is None:
        return None
    for column, value in version.content().items():
        setattr(template, column, value)
    store_template(template=template, now=now, by=by)
    return template


@dataclass(frozen=True, slots=True)
class Change:
    """One version, and the columns that differ from the one before it."""

    version: TemplateVersion
    columns: tuple[str, ...]


def changes(versions: Iterable[TemplateVersion]) -> Iterator[Change]:
    """What each of the versions, newest first, changed in the next one given.

    The last of them changed nothing that can be told.
    """
    listed = list(versions)
    for version, older in zip(listed, [*listed[1:], None], strict=True):
        yield Change(version, _differing(version, older))


def _differing(new: TemplateContent, old: TemplateContent | None) -> tuple[str, ...]:
    if old is None:
        return ()
    before = old.content()
    return tuple(name for name, value in new.content().items() if value != before[name])
