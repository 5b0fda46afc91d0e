"""What every page of results begins with: one moment, one coverage, one filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from promoter.accounts.models import Account
from surveys.daily_sums.coverage import Coverage
from surveys.results.filtering import Filter, filter_of
from surveys.results.overview import Overview


@dataclass(frozen=True, slots=True)
class Page:
    """An account's results at one moment, through one filter."""

    filter: Filter
    coverage: Coverage

    @classmethod
    def of(
        cls,
        query: QueryDict,
        *,
        account: Account,
        now: datetime,
        own: Sequence[str] = (),
    ) -> Page:
        """`own` names what of the address is no filter. At most 8 queries."""
        coverage = Coverage.of(account, now=now)
        chosen = filter_of(query, account=account, zone=coverage.zone, now=now, page=own)
        return cls(chosen, coverage)

    def overview(self) -> Overview:
        """At most 10 queries."""
        return Overview.of(
            self.filter.selection,
            self.filter.period,
            coverage=self.coverage,
            campaigns=self.filter.campaigns,
        )
