"""The filters of the audit page."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gates.search import BIGGEST, Search
from gates.wording import choices


class Day(forms.DateInput):
    """A date picker."""

    input_type = "date"


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=Day(format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("This is no date: write it as 2026-11-24.")},
    )


class AuditForm(forms.Form):
    """All optional; `before` is the cursor."""

    canary = forms.CharField(
        label=_("Canary"),
        required=False,
        max_length=600,
        widget=forms.TextInput(attrs={"placeholder": _("namespace/name, or a part"), "autocomplete": "off"}),
    )
    action = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=choices,
        error_messages={"invalid_choice": _("There is no such action: choose one of the list.")},
    )
    person = forms.CharField(
        label=_("Who"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("name, as the log has it"), "autocomplete": "off"}),
    )
    since = _day(_("From"))
    until = _day(_("To"))
    before = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """A range that ends before it begins finds nothing: say so instead."""
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("This lies before “From”."))
        return values

    def search(self) -> Search:
        """What to look for; days are whole days in UTC, as the page's times are."""
        values = self.cleaned_data
        return Search(
            canary=values["canary"],
            action=values["action"],
            actor=values["person"],
            since=values["since"] and datetime.combine(values["since"], time.min, UTC),
            until=values["until"] and datetime.combine(values["until"], time.max, UTC),
        )
