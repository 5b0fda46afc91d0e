"""The fields of a send window, for the forms of accounts and of campaigns."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

WINDOW_FIELDS = ("send_days", "send_from", "send_until")


class SendWindowForm(forms.ModelForm):  # type: ignore[type-arg]  # not at run time
    """Weekdays and hours of a row that has SendWindowColumns."""

    send_days = forms.TypedMultipleChoiceField(
        label=_("Days"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose from Monday to Sunday.")},
    )
    send_from = forms.TimeField(
        label=_("From"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": _("Write it like 09:00.")},
    )
    send_until = forms.TimeField(
        label=_("Until"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": _("Write it like 17:00.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Rows that were written without this form may have one; the other is midnight.
        if (self.instance.send_from is None) != (self.instance.send_until is None):
            for name in ("send_from", "send_until"):
                self.initial[name] = getattr(self.instance, name) or time.min

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("send_from"), data.get("send_until")
        if start is not None and end is None and "send_until" not in self.errors:
            self.add_error(
                "send_until",
                gettext(
                    "Enter when it ends, for example 17:00, or leave both empty for the "
                    "whole day."
                ),
            )
        elif end is not None and start is None and "send_from" not in self.errors:
            self.add_error(
                "send_from",
                gettext(
                    "Enter when it begins, for example 09:00, or leave both empty for the "
                    "whole day."
                ),
            )
        if start is not None and start == end:
            self.add_error(
                "send_until",
                gettext(
                    "It ends when it begins. Choose another time, or leave both empty for "
                    "the whole day."
                ),
            )
        return data

    @property
    def window_is_open(self) -> bool:
        """Whether the block is worth showing at once: something is set or is wrong."""
        return bool(self.instance.has_send_window or self.errors.keys() & {*WINDOW_FIELDS})
