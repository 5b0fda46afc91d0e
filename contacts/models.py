"""Who the account's people are, and who of them must not be mailed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Concat, Left, Lower
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from contacts.addresses import address_digest
from contacts.bulk_jobs import BulkJob
from contacts.import_jobs import ImportJob
from promoter.accounts.models import Account

__all__ = [
    "Attribute",
    "BulkJob",
    "Contact",
    "ContactList",
    "ContactListMembership",
    "ImportJob",
    "SavedFilter",
    "Suppression",
]

MAX_SAVED_QUERY = 4_000


class ContactList(models.Model):
    """A named set of contacts; a campaign adds those it surveys to one."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="contact_lists"
    )
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], name="contacts_list_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """One person as the account knows them, kept up to date by Segment's identify.

    `attributes` holds every trait; `attribute_times` when each was last set (ISO 8601,
    UTC), so that an older identify arriving late can't undo a newer one;
    `attribute_sources` where from, unless Segment said it. `column_times`
    says the same of email, first_name and last_name, which take usable values only.
    """

    # Digests of addresses that this instance has had since it was read.
    former_digests: frozenset[str] = frozenset()

    class Source(models.TextChoices):
        HAND = "hand", _("Typed here")
        FILE = "file", _("A file")
        API = "api", _("The API")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts")
    # NULL, not "": many contacts without a userId may stand side by side.
    user_id = models.CharField(  # noqa: DJ001
        max_length=255,
        null=True,
        blank=True,
        help_text=_("Segment's userId. Empty for a contact that was added by hand."),
    )
    email = models.CharField(max_length=254, blank=True)
    address_digest = models.CharField(max_length=64, blank=True, editable=False)
    first_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    attribute_times = models.JSONField(default=dict, blank=True, editable=False)
    attribute_sources = models.JSONField(default=dict, blank=True, editable=False)
    column_times = models.JSONField(default=dict, blank=True, editable=False)
    # 600 characters, so that PostgreSQL takes it into an index whatever the letters.
    search_text = models.GeneratedField(
        expression=Left(
            Lower(
                Concat(
                    *("email", Value(" "), "first_name", Value(" "), "last_name"),
                    *(Value(" "), Coalesce("user_id", Value(""))),
                    output_field=models.TextField(),
                )
            ),
            600,
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    lists = models.ManyToManyField(
        ContactList, through="ContactListMembership", related_name="contacts"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "user_id"], name="contacts_contact_user_id_once"
            ),
            models.CheckConstraint(
                name="contacts_contact_user_id_not_blank",
                condition=Q(user_id=None) | ~Q(user_id=""),
            ),
        ]
        indexes = [
            # The contacts page, newest change first. A search walks along it and reads
            # nothing else: a million contacts in a second, the first fifty sooner.
            models.Index(
                fields=["account", "-updated_at", "-id", "search_text"],
                name="contacts_by_change",
            ),
            # The contacts page by email, A to Z.
            models.Index(fields=["account", "email", "id"], name="contacts_by_email"),
            # Throttle and suppression count on the address as well as on the row.
            models.Index(fields=["account", "address_digest"], name="contacts_by_address"),
        ]

    def __str__(self) -> str:
        return (
            self.email
            or self.user_id
            or gettext("contact %(number)s") % {"number": self.pk}
        )

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def set_email(self, email: str) -> None:
        """Take the address, and with it what suppressions and throttles look up. Whoever
        saves it calls contacts.suppression.follow_people."""
        digest = address_digest(email) if email else ""
        if self.address_digest and self.address_digest != digest:
            self.former_digests |= {self.address_digest}
        self.email, self.address_digest = email, digest


class Attribute(models.Model):
    """One name in the account's attribute catalogue: what its contacts have, of which
    type the latest value was, and when one arrived last."""

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        BOOLEAN = "boolean", _("Yes or no")
        LIST = "list", _("List")
        OBJECT = "object", _("Object")
        EMPTY = "empty", _("Empty")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="attributes"
    )
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=10, choices=Type)
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], name="contacts_attribute_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ContactListMembership(models.Model):
    """One contact's place in one list, since when."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    contact_list = models.ForeignKey(ContactList, on_delete=models.CASCADE)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact_list", "contact"], name="contacts_in_list_once"
            )
        ]
        indexes = [
            # The page of a list, last added first.
            models.Index(fields=["contact_list", "-id"], name="contacts_in_list_latest")
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.contact_list_id}"


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    """Sets of suppressed addresses."""

    def reasons(self, *, account: Account, digests: Iterable[str]) -> dict[str, str]:
        """Address digest -> reason, for those of the digests that are suppressed."""
        return dict(
            self.filter(account=account, address_digest__in=set(digests)).values_list(
                "address_digest", "reason"
            )
        )


class Suppression(models.Model):
    """One address that the account must not mail, and why.

    The digest finds it; the address itself stays readable for the team, except when the
    person was erased: then the digest alone keeps the promise not to mail them again.
    """

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Complained")
        MANUAL = "manual", _("Added by hand")
        ERASED = "erased", _("Erased")

    # How a detail begins that names the team-mate who stopped the mail.
    BY = "By "
    # A team-mate's entry and a full mailbox may pass; a person's own word may not.
    LIFTABLE = (Reason.MANUAL, Reason.BOUNCED)
    # Of the person, and not only of the mailbox: they go with whoever takes another one.
    OF_PEOPLE = (Reason.UNSUBSCRIBED, Reason.COMPLAINED, Reason.MANUAL)
    MAILED = gettext_noop("The address that was mailed")
    FOLLOWED = gettext_noop("The person has another address now")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="suppressions"
    )
    address_digest = models.CharField(max_length=64, editable=False)
    email = models.CharField(max_length=254, blank=True)
    reason = models.CharField(max_length=12, choices=Reason)
    detail = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "address_digest"],
                name="contacts_suppression_address_once",
            ),
            models.CheckConstraint(
                name="contacts_suppression_erased_has_no_address",
                condition=~Q(reason="erased") | Q(email=""),
            ),
        ]

    @property
    def detail_words(self) -> str:
        """The detail, in the language of who reads it where the words are ours."""
        if self.detail.startswith(self.BY):
            return gettext("By %(person)s") % {"person": self.detail.removeprefix(self.BY)}
        is_ours = self.detail in {self.MAILED, self.FOLLOWED}
        return gettext(self.detail) if is_ours else self.detail

    def __str__(self) -> str:
        return f"{self.email or 'an erased person'}: {self.get_reason_display()}"

    @property
    def is_liftable(self) -> bool:
        return self.reason in self.LIFTABLE


class SavedFilter(models.Model):
    """A view of the contacts page under a name: what its address asks for."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="saved_filters"
    )
    name = models.CharField(max_length=80)
    query = models.CharField(
        max_length=MAX_SAVED_QUERY, help_text=_("As in the page's address.")
    )

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], name="contacts_filter_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
