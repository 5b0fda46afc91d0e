"""One case for each answer: what the team does about it, apart from what was said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account, Membership, User
from surveys.answers import Response

MOST_TAGS = 500
LONGEST_TAG = 40


class TagQuerySet(models.QuerySet["Tag"]):
    """Sets of tags."""

    def called(self, name: str) -> TagQuerySet:
        """As the constraint compares names, letter by letter: iexact compares capitals, and
        to some small letters there are two."""
        return self.alias(small=Lower("name")).filter(small=Lower(Value(name)))


class Tag(models.Model):
    """A word by which the account sorts its cases; the case of its letters is no matter."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=LONGEST_TAG)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                "account",
                Lower("name"),
                name="surveys_tag_once",
                violation_error_message=_("There is a tag with this name. Merge the two."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class CaseQuerySet(models.QuerySet["Case"]):
    """Sets of cases."""

    def open(self) -> CaseQuerySet:
        return self.filter(closed_at=None)

    def closed(self) -> CaseQuerySet:
        return self.filter(closed_at__isnull=False)

    def settled(self, *, now: datetime) -> CaseQuerySet:
        """Those whose answer has been left alone for long enough to act upon it."""
        return self.filter(settles_at__lte=now)


class Case(models.Model):
    """What is done about one answer: open until somebody closes it.

    A row of its own, so that reports read answers and nothing else; made with the answer,
    so that "open, newest first" is one walk along one index however many are closed. A
    changed answer opens it again. `responded_at` is the answer's, which never changes.
    `settles_at`: when the rules look at it, unless the answer changes before.
    """

    response = models.OneToOneField(
        Response, on_delete=models.CASCADE, primary_key=True, related_name="case"
    )
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="cases")
    responded_at = models.DateTimeField(editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Who leaves the account leaves their cases to the others.
    assignee = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="cases")
    settles_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-responded_at", "-response"]
        indexes = [
            # The tabs of the inbox, newest first.
            models.Index(
                fields=["account", "-responded_at", "-response"], name="surveys_cases"
            ),
            models.Index(
                fields=["account", "-responded_at", "-response"],
                name="surveys_cases_open",
                condition=Q(closed_at=None),
            ),
            models.Index(
                fields=["account", "-responded_at", "-response"],
                name="surveys_cases_closed",
                condition=Q(closed_at__isnull=False),
            ),
            models.Index(
                fields=["assignee", "-responded_at", "-response"],
                name="surveys_cases_assigned",
                condition=Q(assignee__isnull=False),
            ),
            # What the rules have not looked at.
            models.Index(
                fields=["settles_at"],
                name="surveys_cases_settling",
                condition=Q(settles_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def status(self) -> str:
        """As pages and other systems say it."""
        return "open" if self.is_open else "closed"


class CaseEvent(models.Model):
    """One thing that happened to a case; a note is one too.

    `actor` is None for what a rule or the answer itself did. `text` is what a person wrote
    and goes when the person of the answer is erased; `about` names a tag, a team-mate, a
    rule or an address.
    """

    class Kind(models.TextChoices):
        NOTE = "note", _("wrote a note")
        CLOSED = "closed", _("closed it")
        REOPENED = "reopened", _("opened it again")
        CHANGED = "changed", _("The answer was changed, so it is open again.")
        ASSIGNED = "assigned", _("gave it to")
        UNASSIGNED = "unassigned", _("took it from")
        TAGGED = "tagged", _("added the tag")
        UNTAGGED = "untagged", _("took off the tag")
        REPLIED = "replied", _("replied")
        NOT_SENT = "not_sent", _("The reply could not be sent, so this is open.")
        FORWARDED = "forwarded", _("forwarded it to")
        NOTIFIED = "notified", _("told")
        RULE = "rule", _("held")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="case_events"
    )
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = models.TextField(blank=True, max_length=5000)
    about = models.CharField(max_length=300, blank=True)
    rule = models.ForeignKey(
        "Rule",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        # A rule is looked for among the few events of one case.
        db_index=False,
        related_name="+",
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["case", "at"], name="surveys_events_of_case")]

    def __str__(self) -> str:
        return f"{self.kind} of case {self.case_id}"

    @property
    def sentence(self) -> str:
        """What happened, by whom; a note says that one was written."""
        who = self.actor.get_full_name() if self.actor else gettext("A rule")
        said = str(_SENTENCES[self.Kind(self.kind)])
        return (said % {"who": who, "about": self.about}).rstrip()


_SENTENCES = {
    CaseEvent.Kind.NOTE: _("%(who)s wrote a note"),
    CaseEvent.Kind.CLOSED: _("%(who)s closed it"),
    CaseEvent.Kind.REOPENED: _("%(who)s opened it again"),
    CaseEvent.Kind.CHANGED: _("The answer was changed, so it is open again."),
    CaseEvent.Kind.ASSIGNED: _("%(who)s gave it to %(about)s"),
    CaseEvent.Kind.UNASSIGNED: _("%(who)s took it from %(about)s"),
    CaseEvent.Kind.TAGGED: _("%(who)s added the tag %(about)s"),
    CaseEvent.Kind.UNTAGGED: _("%(who)s took off the tag %(about)s"),
    CaseEvent.Kind.REPLIED: _("%(who)s replied"),
    CaseEvent.Kind.NOT_SENT: _("The reply could not be sent, so this is open."),
    CaseEvent.Kind.FORWARDED: _("%(who)s forwarded it to %(about)s"),
    CaseEvent.Kind.NOTIFIED: _("%(who)s told %(about)s"),
    CaseEvent.Kind.RULE: _("%(who)s held %(about)s"),
}


def happened(
    case: Case,
    kind: str,
    *,
    now: datetime,
    actor: User | None = None,
    **rest: Any,
) -> CaseEvent:
    """Write one line into the case's history, in the caller's transaction."""
    return CaseEvent.objects.create(
        account_id=case.account_id, case=case, kind=kind, actor=actor, at=now, **rest
    )
