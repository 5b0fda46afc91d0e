"""Whose answers of when: a filter that is an address, so that it can be shared.

`campaign`, `list`, `tag`, `band`, `latest`, any number of `attribute` + `value` and of
`none` (has no such attribute), beside what surveys.results.periods reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, QueryDict
from django.utils.translation import gettext

from campaigns.models import Campaign
from contacts.models import Attribute, ContactList
from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.chart_words import BAND_ONLY, STEP_WORDS
from surveys.models import Tag
from surveys.nps import Band
from surveys.results.periods import RANGES, Period, period_of
from surveys.results.values import in_right_capitals
from surveys.rollups import MAX_VALUE
from surveys.selections import Selection

MOST_ATTRIBUTES = 5
MAX_NAME = 255
Row = TypeVar("Row", Campaign, ContactList, Tag)
Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A link to the same page under another filter."""

    key: str
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What a page's address asks for, and what its form offers.

    `half_said` is an attribute that was chosen without a value: not a filter yet.
    """

    selection: Selection
    period: Period
    narrowed: tuple[tuple[str, Params], ...]
    half_said: str
    page: Params
    campaigns: Sequence[Campaign]
    lists: Sequence[ContactList]
    tags: Sequence[Tag]
    attributes: Sequence[str]

    @property
    def query(self) -> str:
        """The whole filter, the same for all addresses that mean the same."""
        return self.query_for(self.page)

    @property
    def query_elsewhere(self) -> str:
        """The filter alone, for a link to another page of results."""
        return self.query_for(())

    def query_for(self, page: Sequence[tuple[str, str]]) -> str:
        """The filter, with this for what belongs to the page."""
        return urlencode([*page, *self.period.params, *self._narrowing()])

    def query_with_tag(self, tag: Tag) -> str:
        """The filter alone, with this tag in place of another."""
        kept = [pair for pair in self._narrowing() if pair[0] != "tag"]
        return urlencode([*self.period.params, *kept, ("tag", tag.pk)])

    def query_at(self, *pairs: str) -> str:
        """The filter alone and some attributes more: a name, its value, and so on."""
        more: list[tuple[str, str]] = []
        for name, value in zip(pairs[::2], pairs[1::2], strict=True):
            more += [("attribute", name), ("value", value)] if value else [("none", name)]
        return urlencode([*self.period.params, *self._narrowing(), *more])

    @property
    def query_in_inbox(self) -> str:
        """The same answers in the inbox, as near as its own filter comes: it knows of one
        attribute, and of no period and no list."""
        chosen = self.selection
        pairs: list[tuple[str, object]] = [("tab", "all")]
        if chosen.campaign:
            pairs.append(("campaign", chosen.campaign.pk))
        if chosen.band:
            pairs.append(("band", chosen.band.value))
        if chosen.tag:
            pairs.append(("tag", chosen.tag.pk))
        # "" stands for who has no such attribute, which the inbox can't ask for.
        known = [pair for pair in chosen.attributes if pair[1]]
        for name, value in known[:1]:
            pairs += [("attribute", name), ("value", value)]
        return urlencode(pairs)

    @property
    def chips(self) -> list[Choice]:
        """Each thing that narrows, with the address of the page without it."""
        return [
            Choice(
                label,
                label,
                "?"
                + urlencode(
                    [
                        *(*self.page, *self.period.params),
                        *self._narrowing(without=place),
                    ]
                ),
            )
            for place, (label, _) in enumerate(self.narrowed)
        ]

    @property
    def ranges(self) -> list[Choice]:
        """The ranges to choose from, everything else kept."""
        kept = [each for each in self.period.params if each[0] in {"compare", "step"}]
        return [
            Choice(
                choice.key,
                str(choice.label),
                "?"
                + urlencode([*self.page, ("range", choice.key), *kept, *self._narrowing()]),
            )
            for choice in RANGES
        ]

    @property
    def steps(self) -> list[Choice]:
        """How wide the points of the charts may be, everything else kept."""
        period = [each for each in self.period.params if each[0] != "step"]
        labels = {"": gettext("Automatic")} | {
            str(step): str(STEP_WORDS[step].choice) for step in self.period.steps
        }
        return [
            Choice(
                key,
                label,
                "?"
                + urlencode(
                    [
                        *(*self.page, *period, *([("step", key)] if key else [])),
                        *self._narrowing(),
                    ]
                ),
            )
            for key, label in labels.items()
        ]

    @property
    def address_of_all(self) -> str:
        """The same period with nothing narrowed."""
        return "?" + urlencode([*self.page, *self.period.params])

    @property
    def hidden(self) -> Params:
        """What the form carries along: the page's own, the range, attributes so far."""
        kept = [
            pair
            for pair in [*self.period.params, *self._narrowing()]
            if pair[0] in {"range", "step", "attribute", "value", "none"}
        ]
        return (*self.page, *kept)

    @property
    def all_params(self) -> Params:
        """The filter without what belongs to the page, for another form of it."""
        return (*self.period.params, *self._narrowing())

    def _narrowing(self, *, without: int | None = None) -> list[tuple[str, str]]:
        return [
            pair
            for place, (_, params) in enumerate(self.narrowed)
            if place != without
            for pair in params
        ]


def filter_of(
    query: QueryDict,
    *,
    account: Account,
    zone: ZoneInfo,
    now: datetime,
    page: Sequence[str] = (),
) -> Filter:
    """Read an address. `page` names what else of it belongs to the page.

    Raises Http404 for a campaign, a list or a tag that the account doesn't have: figures
    of everybody must not pass for those of a few. At most 6 queries.
    """
    campaigns = list(for_account(Campaign, account).order_by("name"))
    lists = list(for_account(ContactList, account))
    tags = list(for_account(Tag, account))
    campaign = _one(campaigns, query.get("campaign", ""))
    contact_list = _one(lists, query.get("list", ""))
    band = query.get("band", "")
    chosen_band = Band(band) if band in set(Band) else None
    known = attribute_names(account)
    pairs, half_said = _attributes(query, known)
    selection = Selection(
        account,
        campaign=campaign,
        contact_list=contact_list,
        attributes=pairs,
        band=chosen_band,
        tag=_one(tags, query.get("tag", "")),
        is_latest=query.get("latest") == "yes",
    )
    return Filter(
        selection=selection,
        period=period_of(query, account=account, zone=zone, now=now),
        narrowed=_narrowed(selection),
        half_said=half_said,
        page=tuple((name, query.get(name, "")) for name in page if query.get(name)),
        campaigns=campaigns,
        lists=lists,
        tags=tags,
        attributes=known,
    )


def attribute_names(account: Account) -> list[str]:
    """What the account's contacts have, as the catalogue knows it."""
    names = for_account(Attribute, account).values_list("name", flat=True)
    return list(names.order_by("name"))


def _one(rows: Sequence[Row], text: str) -> Row | None:
    if not text:
        return None
    for row in rows:
        if str(row.pk) == text:
            return row
    raise Http404(gettext("No such campaign, list or tag in this account."))


def _attributes(
    query: QueryDict, known: Sequence[str]
) -> tuple[tuple[tuple[str, str], ...], str]:
    """The pairs, each once and in order, and the name that still lacks its value. A name
    in other capitals than the account has it means that one."""

    def named(parameter: str) -> list[str]:
        given = query.getlist(parameter)
        return [in_right_capitals(name[:MAX_NAME], known) for name in given]

    names = named("attribute")
    values = [value[:MAX_VALUE].strip() for value in query.getlist("value")]
    values += [""] * (len(names) - len(values))
    found = {(name, ""): None for name in named("none") if name}
    half_said = ""
    for name, value in zip(names, values, strict=False):
        if name and value:
            found[(name, value)] = None
        elif name:
            half_said = name
    return tuple(found)[:MOST_ATTRIBUTES], half_said


def _narrowed(selection: Selection) -> tuple[tuple[str, Params], ...]:
    found: list[tuple[str, Params]] = []
    if selection.campaign is not None:
        name = selection.campaign.name
        words = gettext("Campaign: %(name)s") % {"name": name}
        found.append((words, (("campaign", str(selection.campaign.pk)),)))
    if selection.contact_list is not None:
        name = selection.contact_list.name
        words = gettext("List: %(name)s") % {"name": name}
        found.append((words, (("list", str(selection.contact_list.pk)),)))
    for key, value in selection.attributes:
        if value:
            params: Params = (("attribute", key), ("value", value))
            found.append((f"{key}: {value}", params))
        else:
            found.append((gettext("%(key)s: none") % {"key": key}, (("none", key),)))
    if selection.tag is not None:
        label = gettext("Tag: %(tag)s") % {"tag": selection.tag}
        found.append((label, (("tag", str(selection.tag.pk)),)))
    if selection.band is not None:
        only = str(BAND_ONLY[selection.band])
        found.append((only, (("band", str(selection.band)),)))
    if selection.is_latest:
        found.append((gettext("Each person once"), (("latest", "yes"),)))
    return tuple(found)
