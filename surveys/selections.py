"""Whose answers a report is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from campaigns.models import Campaign
from contacts.models import ContactList
from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.daily_sums.attribute_text import AttributeIs
from surveys.models import Case, Response, Survey, Tag
from surveys.nps import Band
from surveys.windows import Window

Row = TypeVar("Row", bound=Model)
SCORES_OF = {
    Band.DETRACTOR: range(7),
    Band.PASSIVE: range(7, 9),
    Band.PROMOTER: range(9, 11),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """One account's answers, narrowed down. All that is given must hold.

    `attributes` are pairs of a name and its value as text (attribute_text.py), as they
    were at the answer; for response rates, as they were at the trigger. `is_latest`
    counts each contact's last answer only, as of the end of the window asked for; an
    answer whose person was erased stands for itself. `tag` is of what cases have now, so
    no sums know it.
    """

    account: Account
    campaign: Campaign | None = None
    contact_list: ContactList | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    band: Band | None = None
    tag: Tag | None = None
    is_latest: bool = False

    @property
    def is_of_answers(self) -> bool:
        """Whether it is narrowed by what was answered: then there is no response rate."""
        return self.band is not None or self.tag is not None

    def responses(
        self, windows: Sequence[Window], *, as_of: datetime
    ) -> QuerySet[Response]:
        """The answers that came within one of the windows; `as_of` says which of a
        contact's were the latest then."""
        rows = for_account(Response, self.account).filter(_within("responded_at", windows))
        if self.is_latest:
            rows = rows.filter(Q(superseded_at=None) | Q(superseded_at__gte=as_of))
        if self.band is not None:
            rows = rows.filter(score__in=SCORES_OF[self.band])
        if self.tag is not None:
            # Few have it: read from there, not along all answers.
            rows = rows.filter(pk__in=tagged_with([self.tag]))
        if self.contact_list is not None:
            rows = rows.filter(
                contact__contactlistmembership__contact_list=self.contact_list
            )
        return self._narrowed(rows)

    def surveys(self, windows: Sequence[Window]) -> QuerySet[Survey]:
        """The surveys whose invitation went out within one of the windows."""
        return self.all_surveys().filter(_within("asked_at", windows))

    def all_surveys(self) -> QuerySet[Survey]:
        """Those of any time, also the ones that were never sent."""
        rows = for_account(Survey, self.account)
        if self.contact_list is not None:
            rows = rows.filter(
                contact__contactlistmembership__contact_list=self.contact_list
            )
        return self._narrowed(rows)

    def _narrowed(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        if self.campaign is not None:
            rows = rows.filter(campaign=self.campaign)
        for key, value in self.attributes:
            rows = rows.filter(AttributeIs("attributes", key=key, value=value))
        return rows


def tagged_with(tags: Sequence[Tag] | QuerySet[Tag]) -> QuerySet[Any, int]:
    """The ids of the answers that have one of these tags."""
    rows = Case.tags.through._default_manager.filter(tag__in=tags)
    return rows.order_by().values_list("case_id", flat=True)


def _within(field: str, windows: Sequence[Window]) -> Q:
    each = (
        Q(**{f"{field}__gte": window.start, f"{field}__lt": window.end})
        for window in windows
    )
    return reduce(or_, each)
