"""Steps of a campaign's setup where one chooses what there is or makes it on the spot."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import Count, QuerySet
from django.forms.boundfield import BoundWidget
from django.utils.formats import number_format
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from campaigns.forms import NONE, StepForm
from campaigns.models import MAX_THROTTLE_DAYS, Campaign, Throttle
from campaigns.setup.forwarding import ForwardingFields
from campaigns.throttles import MAX_DEFER_DAYS
from contacts.models import ContactList
from promoter.accounts.access import for_account
from promoter.accounts.models import Account

NEW = "new"
SUGGESTED_LIST = _("Segment List")
SUGGESTED_THROTTLE_DAYS = 30
SKIP, WAIT = "skip", "wait"
SUGGESTED_DEFER_DAYS = 7


class ListForm(StepForm):
    """Whom a campaign to a list asks, or else where the surveyed contacts are kept; a new
    list is made on the spot."""

    choice = forms.ChoiceField(
        label=_("Where are the surveyed contacts kept?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a contact list, or create one."),
            "invalid_choice": _("This list was deleted meanwhile. Choose another one."),
        },
    )
    new_name = forms.CharField(
        label=_("Name of the new list"), max_length=120, required=False
    )

    class Meta:
        model = Campaign
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lists = {str(one.pk): one for one in counted_lists(self.account)}
        choice = cast(forms.ChoiceField, self.fields["choice"])
        choice.choices = [
            *((key, one.name) for key, one in self.lists.items()),
            (NEW, gettext("Create a new list")),
        ]
        saved = self.instance.contact_list_id
        choice.initial = str(saved) if saved else NEW if not self.lists else None
        taken = {one.name for one in self.lists.values()}
        if self.instance.asks_a_list:
            choice.label = gettext("Which contacts are asked?")
            if not self.instance.is_draft:
                # How far it has come is a place in this list and in no other.
                choice.choices = [(str(saved), self.lists[str(saved)].name)]
        suggested = str(SUGGESTED_LIST)
        is_suggested = not self.instance.asks_a_list and suggested not in taken
        self.fields["new_name"].initial = suggested if is_suggested else ""

    def columns(self) -> list[str]:
        return ["contact_list"]

    def options(self) -> list[tuple[BoundWidget, str]]:
        """Each choice with what to say beside it: how many contacts a list has."""
        return [(radio, self._size(radio.data["value"])) for radio in self["choice"]]

    def _size(self, key: object) -> str:
        found = self.lists.get(str(key))
        if found is None:
            return ""
        count: int = getattr(found, "size", 0)
        if not count:
            return gettext("Empty")
        return ngettext("%(count)s contact", "%(count)s contacts", count) % {
            "count": number_format(count, force_grouping=True)
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("choice") == NEW and "new_name" not in self.errors:
            name = data["new_name"]
            if not name:
                self.add_error("new_name", gettext("Give the new list a name."))
            elif any(one.name.lower() == name.lower() for one in self.lists.values()):
                self.add_error(
                    "new_name",
                    gettext(
                        "There is a list called “%(name)s” already: choose it above, or "
                        "take another name."
                    )
                    % {"name": name},
                )
        return data

    def store(self) -> Campaign:
        choice = self.cleaned_data["choice"]
        if choice == NEW:
            self.made = self.instance.contact_list = ContactList.objects.create(
                account=self.account, name=self.cleaned_data["new_name"]
            )
        else:
            self.instance.contact_list = self.lists[choice]
        return super().store()


def counted_lists(account: Account) -> QuerySet[ContactList]:
    """The account's lists, each with `size`, how many contacts stand in it."""
    lists = for_account(ContactList, account)
    return lists.annotate(size=Count("contactlistmembership")).order_by("name", "id")


class ThrottleForm(ForwardingFields):
    """How often one person may be asked (no rule, one of the account's, or a new one), and
    who reads the answers."""

    choice = forms.ChoiceField(
        label=_("How often may one person be asked?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose whether to throttle."),
            "invalid_choice": _("This throttle was deleted meanwhile. Choose another one."),
        },
    )
    days = forms.IntegerField(
        label=_("Days between two surveys of one person"),
        required=False,
        min_value=1,
        max_value=MAX_THROTTLE_DAYS,
        error_messages={
            "invalid": _("Enter a whole number of days, for example 30."),
            "min_value": _("At least 1 day."),
            "max_value": _("At most %(limit_value)s days."),
        },
        help_text=format_lazy(_("1 to {most} days of 24 hours."), most=MAX_THROTTLE_DAYS),
    )
    scope = forms.ChoiceField(
        label=_("Which surveys count"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (Throttle.Scope.ACCOUNT, _("Those of all campaigns of the account")),
            (Throttle.Scope.CAMPAIGN, _("Only those of the same campaign")),
        ],
    )
    when_throttled = forms.ChoiceField(
        label=_("When somebody was asked too recently"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (SKIP, _("Skip the survey")),
            (WAIT, _("Let it wait for their turn")),
        ],
    )
    defer_days = forms.IntegerField(
        label=_("Days it may wait"),
        required=False,
        min_value=1,
        max_value=MAX_DEFER_DAYS,
        error_messages={
            "invalid": _("Enter a whole number of days, for example 7."),
            "min_value": _("At least 1 day."),
            "max_value": _("At most %(limit_value)s days."),
        },
        help_text=format_lazy(
            _(
                "1 to {most}, from the day it would go out. If the turn comes later than "
                "that, it is skipped."
            ),
            most=MAX_DEFER_DAYS,
        ),
    )

    class Meta:
        model = Campaign
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.throttles = {str(one.pk): one for one in for_account(Throttle, self.account)}
        choice = cast(forms.ChoiceField, self.fields["choice"])
        choice.choices = [
            (NONE, gettext("No throttle")),
            *((key, one.title) for key, one in self.throttles.items()),
            (NEW, gettext("Create a new throttle")),
        ]
        saved = self.instance.throttle_id
        choice.initial = str(saved) if saved else NONE
        self.fields["days"].initial = SUGGESTED_THROTTLE_DAYS
        self.fields["scope"].initial = Throttle.Scope.ACCOUNT
        self.fields["when_throttled"].initial = SKIP
        self.fields["defer_days"].initial = SUGGESTED_DEFER_DAYS

    def columns(self) -> list[str]:
        return [*super().columns(), "throttle"]

    def options(self) -> list[tuple[BoundWidget, str]]:
        """Each choice with what to say beside it: the rule, where the name isn't it."""
        return [(radio, self._rule(radio.data["value"])) for radio in self["choice"]]

    def _rule(self, key: object) -> str:
        found = self.throttles.get(str(key))
        return found.rule if found and not found.is_called_by_rule else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("choice") != NEW:
            for name in ("days", "scope", "when_throttled", "defer_days"):
                self.errors.pop(name, None)
            return data
        if "days" not in self.errors and data["days"] is None:
            self.add_error("days", gettext("Enter a number of days."))
        if "scope" not in self.errors and not data["scope"]:
            self.add_error("scope", gettext("Choose which surveys count."))
        if data.get("when_throttled") != WAIT:
            self.errors.pop("defer_days", None)
            data["defer_days"] = 0
        elif "defer_days" not in self.errors and data["defer_days"] is None:
            self.add_error("defer_days", gettext("Enter a number of days."))
        return data

    def store(self) -> Campaign:
        choice = self.cleaned_data["choice"]
        if choice == NEW:
            self.instance.throttle = Throttle.objects.of(
                account=self.account,
                days=self.cleaned_data["days"],
                scope=Throttle.Scope(self.cleaned_data["scope"]),
                defer_days=self.cleaned_data["defer_days"],
            )
            if str(self.instance.throttle.pk) not in self.throttles:
                self.made = self.instance.throttle
        else:
            self.instance.throttle = self.throttles.get(choice)
        return super().store()
