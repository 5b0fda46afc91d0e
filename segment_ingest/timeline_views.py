"""Why was, or wasn't, a person asked: one page about one contact.

Lives here, not in contacts: it looks over all apps. The contact's page takes its answer
in by its address.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts.models import Contact
from promoter.accounts.access import AccountRequest, account_required, for_account
from segment_ingest.standing import standing
from segment_ingest.timeline import Cursor
from segment_ingest.timeline_rows import Person, known_of, timeline_page
from surveys.daily_sums.coverage import zone_of

PAGE_SIZE = 30


@account_required()
@require_safe
def contact_timeline(request: AccountRequest, pk: int) -> HttpResponse:
    """Newest first; `before` is where the page before ended, `only=asks` leaves out what
    no campaign heeded. `part=answer` is the first sentence alone."""
    contact = get_object_or_404(for_account(Contact, request.account), pk=pk)
    now = timezone.now()
    person = Person.of(contact)
    context = {
        "now": now,
        "contact": contact,
        "answer": standing(
            known_of(person, now=now), now=now, zone=zone_of(request.account)
        ),
    }
    if request.GET.get("part") == "answer":
        return render(request, "segment_ingest/_answer.html", context)
    before = Cursor.read(request.GET.get("before", ""))
    asks_only = request.GET.get("only") == "asks"
    entries, after = timeline_page(
        person, before=before, size=PAGE_SIZE, now=now, asks_only=asks_only
    )
    context |= {
        "entries": entries,
        "older": after,
        "is_first": before is None,
        "asks_only": asks_only,
        "days_kept": settings.SEGMENT_DEDUP_DAYS,
    }
    return render(request, "segment_ingest/timeline.html", context)
