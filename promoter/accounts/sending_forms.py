"""What an account decides about its sending: a form for each section of the page."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account
from promoter.accounts.send_window_form import WINDOW_FIELDS, SendWindowForm

MOST_MAILS_PER_MINUTE = 60_000


class SectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Some columns of the account under one heading; saves these and no others."""

    error_css_class = "invalid"
    title: ClassVar[Any]
    lede: Any

    class Meta:
        model = Account
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def store(self) -> None:
        """Write it; the form must be valid."""
        self.instance.save(update_fields=list(self.fields))


LEAVE = _(
    "Never twice: leave it. You find it under “Mail that needs a look”, and the "
    "campaign’s reminder is its second try."
)
REPEAT = _(
    "At least once: try again after 10 minutes and, if need be, half an hour after that. "
    "Somebody may get the same mail up to three times."
)


class PolicyForm(SectionForm):
    """What becomes of a mail that may have arrived or not."""

    title = _("When it is not clear whether a mail arrived")
    lede = _(
        "It happens rarely: the mail server was given a mail, and the connection broke "
        "before it answered."
    )
    delivery_policy = forms.ChoiceField(
        label=_("Then"),
        choices=[
            (Account.DeliveryPolicy.NEVER_TWICE, LEAVE),
            (Account.DeliveryPolicy.AT_LEAST_ONCE, REPEAT),
        ],
        widget=forms.RadioSelect,
    )

    class Meta(SectionForm.Meta):
        fields: ClassVar[list[str]] = ["delivery_policy"]


class RateForm(SectionForm):
    """How fast mail leaves."""

    title = _("Speed")
    lede = _(
        "A new sending address earns its reputation slowly. A limit spreads a large day "
        "over more hours; nothing is lost."
    )
    mails_per_minute = forms.IntegerField(
        label=_("Survey mails a minute at most"),
        help_text=_("Left empty, mail leaves as fast as the mail server takes it."),
        required=False,
        min_value=1,
        max_value=MOST_MAILS_PER_MINUTE,
        error_messages={
            "invalid": _("Enter a whole number, for example 60."),
            "min_value": _("Enter at least 1. To stop all mail, pause the campaigns."),
            "max_value": _("Enter at most 60000, or leave it empty."),
        },
    )

    class Meta(SectionForm.Meta):
        fields: ClassVar[list[str]] = ["mails_per_minute"]


class WindowForm(SendWindowForm, SectionForm):
    """At which times of the week mail leaves."""

    title = _("Send window")
    lede: Any = _(
        "Mail that comes due outside these times waits for the next opening; so do "
        "reminders, and mail that is scheduled already. The time is the recipient’s own "
        "where Segment or an attribute named timezone tells it, or else {zone}. A "
        "campaign may have a window of its own instead."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.instance.time_zone.replace("_", " ")
        self.lede = str(self.lede).format(
            zone=gettext("your account’s, %(zone)s") % {"zone": zone}
        )

    class Meta(SectionForm.Meta):
        fields: ClassVar[list[str]] = [*WINDOW_FIELDS]
