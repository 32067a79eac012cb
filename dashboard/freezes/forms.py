"""The forms of the freezes' pages. Times are in UTC: a browser's own would not say whose they are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gates.freezing import LONGEST_REASON, Wanted
from gates.named_patterns import LONGEST_PATTERNS


class Moment(forms.DateTimeInput):
    """The browser's picker for a day and a time."""

    input_type = "datetime-local"


def _moment(label: Any, required: bool) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        widget=Moment(format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("This is no time: write it as 2026-11-24T18:00.")},
    )


def _reason(required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        required=required,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class FreezeForm(forms.Form):
    """A freeze as it is asked for; what cannot be, `gates.freezing` refuses."""

    namespaces = forms.CharField(
        label=_("Namespaces"),
        max_length=LONGEST_PATTERNS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "payments-*, catalog"}),
    )
    canaries = forms.CharField(
        label=_("Canaries"),
        max_length=LONGEST_PATTERNS,
        initial="*",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    starts_at = _moment(_("From (UTC); empty: from now on"), required=False)
    ends_at = _moment(_("To (UTC)"), required=True)
    reason = _reason(required=True)
    in_flight = forms.BooleanField(label=_("Also stop releases in flight"), required=False)

    def wanted(self) -> Wanted:
        """What was filled in."""
        return Wanted(**self.cleaned_data)


class LiftForm(forms.Form):
    """Why a freeze ends early."""

    reason = _reason(required=False)


class WithdrawForm(forms.Form):
    """Why a canary is held again."""

    reason = _reason(required=False)


class ExemptForm(forms.Form):
    """Which canary is let through, and why."""

    canary = forms.RegexField(
        r"^[^/\x00]+/[^/\x00]+\Z",
        label=_("Canary"),
        max_length=600,
        widget=forms.TextInput(
            attrs={"list": "canaries", "autocomplete": "off", "placeholder": _("namespace/name")}
        ),
        error_messages={"invalid": _("Write it as namespace/name.")},
    )
    reason = _reason(required=True)
