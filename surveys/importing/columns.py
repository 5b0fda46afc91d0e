"""What the columns of a file of past answers mean, by the headings of the usual exports.

A mapping is as in contacts.importing.columns: a field, "" to leave out, or
`attribute:NAME`, which stays with the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.importing.columns import (
    ATTRIBUTE,
    IGNORE,
    MAX_ATTRIBUTE_NAME,
    OURS,
    attribute_complaints,
    spellings,
    twice,
)
from contacts.models import Attribute
from promoter.accounts.access import for_account
from promoter.accounts.models import Account

FIELDS: dict[str, str | Promise] = {
    "email": _("Email"),
    "score": _("Score"),
    "answered_at": _("Date answered"),
    "comment": _("Comment"),
    "sent_at": _("Date sent"),
    "campaign": _("Campaign"),
    "tags": _("Tags"),
    "name": _("Full name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
}
NEEDED = ("email", "score", "answered_at")
DATES = ("answered_at", "sent_at")

_BETWEEN_WORDS = re.compile(r"[\W_]+")
# The telling words before those that may mean several things: of a "Date" beside a
# "Response date" the latter is the answer's.
_SPELLINGS = {
    "email": "personemail customeremail contactemail respondentemail recipientemail "
    "useremail email emailaddress mail emailadresse",
    "score": "npsscore npsrating surveyscore score nps rating punkte bewertung punktzahl",
    "answered_at": "surveyrespondedat respondedat responsedate responsecreatedat "
    "responsetime answeredat dateanswered datumderantwort beantwortetam scorecreated "
    "scorecreateddate scoredate ratingdate responded surveydate createdat created "
    "timestamp datetime date datum",
    "comment": "surveycomment npscomment npsfeedback feedback comment comments "
    "feedbacktext verbatim kommentar text",
    "sent_at": "surveysentat sentat datesent surveysent sentdate senddate invitedat "
    "invitationdate askedat sent versendetam",
    "campaign": "campaignname campaign surveyname survey kampagne umfrage",
    "tags": "surveytags responsetags tags tag labels schlagwörter",
    "name": "personname customername contactname respondentname fullname name",
    "first_name": "personfirstname firstname givenname vorname",
    "last_name": "personlastname lastname surname familyname nachname",
}
# What our own export adds, and an answer here has by itself.
_OWN = {"id", "surveyid", "band", "changedat", "status", "closedat", "assignee", "userid"}
_OWN_PREFIX = "attributes."


def guess(header: Sequence[str], account: Account) -> list[str]:
    """What each column probably is; every other named column is an attribute."""
    words = [_BETWEEN_WORDS.sub("", title.casefold()) for title in header]
    mapping = [IGNORE] * len(header)
    for field, spelt in _SPELLINGS.items():
        for word in spelt.split():
            if word in words and not mapping[words.index(word)]:
                mapping[words.index(word)] = field
                break
    known = set(for_account(Attribute, account).values_list("name", flat=True))
    respelt, names = spellings(known), set[str]()
    is_ours = {"responded_at", "changed_at", "closed_at"} <= set(header)
    for index, title in enumerate(header):
        name = title.strip().removeprefix(_OWN_PREFIX)
        name = name if name in known else respelt.get(name.casefold(), name)
        is_own = name.endswith(OURS) or (is_ours and words[index] in _OWN)
        if not mapping[index] and name and not is_own and name not in names:
            names.add(name)
            mapping[index] = f"{ATTRIBUTE}{name[:MAX_ATTRIBUTE_NAME]}"
    return mapping


def complaints(mapping: Sequence[str]) -> Iterator[str]:
    """What keeps the mapping from being used, in sentences."""
    for field in NEEDED:
        if field not in mapping:
            yield gettext("Say which column holds “%(label)s”.") % {"label": FIELDS[field]}
    yield from twice(mapping, FIELDS)
    yield from attribute_complaints(mapping)
