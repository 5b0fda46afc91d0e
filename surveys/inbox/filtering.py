"""Which cases the inbox shows: what an address asks for, in words and as a query."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from promoter.accounts.access import for_account
from promoter.accounts.models import Account, Membership
from surveys.daily_sums.attribute_text import AttributeText
from surveys.inbox.searching import searched, searched_among
from surveys.models import Case, Tag
from surveys.nps import Band
from surveys.results.filtering import attribute_names
from surveys.results.values import in_right_capitals
from surveys.selections import SCORES_OF

# Which cases: the word in the address and the one on the page.
TABS = {"open": _("Open"), "mine": _("Mine"), "closed": _("Closed"), "all": _("All")}
NOBODY = "nobody"
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part of the account's cases. What an address asks for and there is not is left
    out, so that an old link shows more and never an error."""

    account: Account
    me: Membership
    tab: str = "open"
    q: str = ""
    campaign: Campaign | None = None
    band: Band | None = None
    tag: Tag | None = None
    assignee: Membership | None = None
    is_nobodys: bool = False
    attribute: str = ""
    value: str = ""
    has_comment: bool = False

    @property
    def is_filtered(self) -> bool:
        return bool(self.q or self.is_narrow)

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the search narrows it down."""
        chosen = (self.campaign, self.band, self.tag, self.assignee, self.attribute)
        return any(chosen) or self.is_nobodys or self.has_comment

    @property
    def among(self) -> QuerySet[Case]:
        """The tab's, before anything slow is asked of them."""
        cases = for_account(Case, self.account)
        if self.tab == "mine":
            return cases.filter(closed_at=None, assignee=self.me)
        if self.tab == "all":
            return cases
        return cases.filter(closed_at__isnull=self.tab == "open")

    @property
    def cases(self) -> QuerySet[Case]:
        cases = self._narrowed
        return searched(cases, self.q, account=self.account) if self.q else cases

    def cases_among(self, ids: Collection[int]) -> QuerySet[Case]:
        """Those of these few."""
        cases = self._narrowed.filter(pk__in=ids)
        if not self.q:
            return cases
        return searched_among(cases, self.q, ids, account=self.account)

    @property
    def _narrowed(self) -> QuerySet[Case]:
        cases = self.among
        if self.campaign:
            cases = cases.filter(response__campaign=self.campaign)
        if self.band:
            cases = cases.filter(response__score__in=SCORES_OF[self.band])
        if self.tag:
            cases = cases.filter(tags=self.tag)
        if self.assignee or self.is_nobodys:
            cases = cases.filter(assignee=self.assignee)
        if self.has_comment:
            cases = cases.exclude(response__comment="")
        if self.attribute:
            text = AttributeText("response__attributes", key=self.attribute)
            cases = cases.alias(known=text).filter(known=self.value)
        return cases


def wanted(query: Mapping[str, str], *, account: Account, me: Membership) -> Wanted:
    """What the address asks for. An attribute in other capitals than the account has it
    means that one."""
    tab, assignee = query.get("tab", ""), query.get("assignee", "")
    if attribute := _text(query, "attribute"):
        attribute = in_right_capitals(attribute, attribute_names(account))
    return Wanted(
        account=account,
        me=me,
        tab=tab if tab in TABS else "open",
        q=_text(query, "q"),
        campaign=_one(for_account(Campaign, account), query.get("campaign", "")),
        band=Band(query["band"]) if query.get("band", "") in list(Band) else None,
        tag=_one(for_account(Tag, account), query.get("tag", "")),
        assignee=_one(for_account(Membership, account), assignee),
        is_nobodys=assignee == NOBODY,
        attribute=attribute,
        value=_text(query, "value") if attribute else "",
        has_comment=query.get("comment") == "yes",
    )


def back_to(query: str) -> str:
    """The part of an address that says which list somebody came from, made anew of what
    we know of it: nothing else may stand in it."""
    known = ("tab", "q", "campaign", "band", "tag", "assignee", "attribute", "value")
    asked, kept = QueryDict(query), QueryDict(mutable=True)
    for name in (*known, "comment", "older", "newer"):
        if asked.get(name):
            kept[name] = asked[name][:MAX_TEXT]
    return kept.urlencode()


def _text(query: Mapping[str, str], name: str) -> str:
    return " ".join(query.get(name, "").replace("\0", "").split())[:MAX_TEXT]


def _one(rows: QuerySet, pk: str):  # type: ignore[no-untyped-def, type-arg]
    usable = pk.isascii() and pk.isdigit() and len(pk) <= 18
    return rows.filter(pk=int(pk)).first() if usable else None
