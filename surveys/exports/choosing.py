"""Which rows an export means: the ones that the page it was started from shows."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, QueryDict

from contacts.csv_export import contact_table
from contacts.filters import ContactFilter
from promoter.accounts.models import Account, Membership
from promoter.lib.exporting import Table
from surveys.daily_sums.coverage import zone_of
from surveys.exports.jobs import What
from surveys.exports.tables import answer_table, survey_table
from surveys.inbox.filtering import wanted
from surveys.results.filtering import filter_of


def table_of(
    what: str, query: str, *, account: Account, me: Membership, now: datetime
) -> Table:
    """`query` is the page's address behind the question mark, read as of `now`.

    Raises Http404 for a campaign or a list that is not there.
    """
    if what == What.CONTACTS:
        return contact_table(ContactFilter.read(query).contacts_of(account))
    asked = QueryDict(query)
    if what == What.CASES:
        return answer_table(wanted(asked.dict(), account=account, me=me).cases)
    if what not in What.values:
        raise Http404("There is no such export.")
    chosen = filter_of(asked, account=account, zone=zone_of(account), now=now)
    if what == What.SURVEYS:
        return survey_table(chosen)
    window = chosen.period.window
    return answer_table(chosen.selection.responses([window], as_of=window.end))
