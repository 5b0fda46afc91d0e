"""The campaigns and tags that answers of a file belong to: found by name, or made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext

from campaigns.models import Campaign
from contacts.importing.rows import Rejected
from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.inbox.cases import MOST_TAGS
from surveys.models import Tag

LONGEST_CAMPAIGN = Campaign._meta.get_field("name").max_length or 0
MOST_CAMPAIGNS = 200
"""Of imported answers, in an account: a column of comments that was taken for one of
campaigns must not make thousands."""


class Campaigns:
    """The account's campaigns by name, of which only imported ones take answers."""

    def __init__(self, account: Account, *, now: datetime) -> None:
        self._account, self._now = account, now
        rows = for_account(Campaign, account).order_by("pk")
        self._all = {each.name.casefold(): each for each in rows}

    def named(self, name: str) -> Campaign:
        """A campaign that asks keeps its own figures: beside one of the same name the
        answers go to “name (2)”. Raises Rejected when there are too many."""
        found = self._all.get(name.casefold())
        number = 2
        while found is not None and not found.is_imported:
            suffix = f" ({number})"
            shown, number = name[: LONGEST_CAMPAIGN - len(suffix)] + suffix, number + 1
            found = self._all.get(shown.casefold())
            if found is None:
                return self._make(shown)
        return found or self._make(name)

    def _make(self, name: str) -> Campaign:
        if sum(each.is_imported for each in self._all.values()) >= MOST_CAMPAIGNS:
            raise Rejected(
                gettext(
                    "There are %(most)s campaigns of imported answers, and no more can be "
                    "made. Leave out the column with the campaign."
                )
                % {"most": MOST_CAMPAIGNS}
            )
        made = Campaign.objects.create(
            account=self._account,
            name=name,
            kind=Campaign.Kind.IMPORTED,
            status=Campaign.Status.COMPLETE,
            created_at=self._now,
        )
        self._all[name.casefold()] = made
        return made


class Tags:
    """The account's tags by name."""

    def __init__(self, account: Account) -> None:
        self._account = account
        rows = for_account(Tag, account)
        self._all = {each.name.casefold(): each for each in rows}

    def named(self, names: Iterable[str]) -> list[Tag]:
        """Each once, however written. Raises Rejected when there would be too many."""
        return list(dict.fromkeys(self._named(name) for name in names))

    def _named(self, name: str) -> Tag:
        found = self._all.get(name.casefold())
        if found is None:
            if len(self._all) >= MOST_TAGS:
                raise Rejected(
                    gettext("There are %(most)s tags, and no more can be made.")
                    % {"most": MOST_TAGS}
                )
            found = Tag.objects.create(account=self._account, name=name)
            self._all[name.casefold()] = found
        return found
